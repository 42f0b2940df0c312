#include "engine/container/lifecycle/volume_events.h"

namespace mydock::engine {

void publish_volume_events(Parts& parts, const Record& record, std::string_view action) {
  for (const ContainerMount& mount : record.definition->mounts) {
    if (mount.type != "volume") continue;
    Attributes attributes{{"container", record.id()}, {"driver", mount.driver}};
    if (action == "mount") {
      attributes["destination"] = mount.target;
      attributes["read/write"] = mount.read_only ? "false" : "true";
      attributes["propagation"] = mount.propagation;
    }
    parts.events.publish("volume", action, mount.name, std::move(attributes));
  }
}

}  // namespace mydock::engine
