#include "base/error.h"
#include "base/failpoint.h"
#include "engine/container/names.h"
#include "engine/container/query/view.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

constexpr std::string_view kAllocating = "Error when allocating new name";

void reserve_new_name(ContainerTable& table, const std::string& name, const std::string& id) {
  in_context(kAllocating, [&] { table.reserve_name(name, id); });
}

std::string check_new_name(std::string_view name) {
  const std::string full = (name.starts_with('/') ? "" : "/") + std::string(name);
  return in_context(kAllocating, [&] { return check_container_name(full); });
}

}  // namespace

void Containers::rename(std::string_view ref, std::string_view new_name) {
  if (ref.empty() || new_name.empty()) {
    fail(Kind::invalid, "Neither old nor new names may be empty");
  }
  const std::shared_ptr<Container> container = get(ref);
  const std::string name = check_new_name(new_name);
  const RecordPtr before = container->record();
  if (before->name == name) {
    fail(Kind::invalid, "Renaming a container with the same name as its current name");
  }
  reserve_new_name(parts_.table, name, container->id());
  RecordPtr after;
  std::string old_name;
  try {
    after = container->change([&](Record& record, Live&) {
      if (is_doomed(record.status.state)) {
        fail(Kind::conflict, "container {} is marked for removal and cannot be renamed",
             record.id());
      }
      old_name = std::exchange(record.name, name);
    });
    parts_.store.save(*after);
    failpoint("rename.stored");
  } catch (...) {  // the name must be free again
    parts_.table.release_name(name, container->id());
    throw;
  }
  parts_.table.release_name(old_name, container->id());
  std::map<std::string, api::Strings> names;
  for (const auto& [network, settings] : after->status.endpoints) {
    if (is_user_network(network)) names[settings.network_id] = dns_names(*after, settings);
  }
  parts_.networks.rename(after->id(), names);
  Attributes attributes = event_attributes(*after);
  attributes["oldName"] = "/" + old_name;
  parts_.events.publish("container", "rename", after->id(), std::move(attributes));
}

}  // namespace mydock::engine
