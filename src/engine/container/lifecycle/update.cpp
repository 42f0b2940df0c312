#include "base/error.h"
#include "engine/container/config/resources.h"
#include "engine/container/restart_policy.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

void set_policy(api::HostConfig& host, const api::RestartPolicy& policy) {
  if (policy.name.empty()) return;
  validate(policy);
  if (host.auto_remove && policy.name != "no") {
    fail(Kind::invalid,
         "Restart policy cannot be updated because AutoRemove is enabled for the container");
  }
  host.restart_policy = policy;
}

}  // namespace

api::ContainerUpdated Containers::update(std::string_view ref,
                                         const api::ContainerUpdate& request) {
  const std::shared_ptr<Container> container = get(ref);
  const std::string doing = fmt::format("Cannot update container {}", container->id());
  const RecordPtr before = container->record();
  if (is_doomed(before->status.state)) {
    fail(Kind::conflict, "{}: container is marked for removal and cannot be \"update\"", doing);
  }
  api::Strings warnings;
  RecordPtr after;
  in_context(doing, [&] {
    Definition changed = *before->definition;
    merge_update(changed.host_config.resources, request.resources);
    validate_resources(changed.host_config.resources, parts_.host, warnings);
    if (request.restart_policy) set_policy(changed.host_config, *request.restart_policy);
    const oci::LinuxResources limits = to_oci(changed.host_config.resources);
    if (const auto task = container->task(); task && request.resources != api::Resources{}) {
      task->update(limits);
    }
    after = container->change([&](Record& record, Live&) {
      record.definition = std::make_shared<const Definition>(std::move(changed));
    });
    parts_.store.save(*after);
  });
  parts_.events.publish("container", "update", after->id(), event_attributes(*after));
  api::ContainerUpdated answer;
  if (!warnings.empty()) answer.warnings = std::move(warnings);
  return answer;
}

}  // namespace mydock::engine
