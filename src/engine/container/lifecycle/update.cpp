#include "base/error.h"
#include "base/failpoint.h"
#include "engine/container/config/environment.h"
#include "engine/container/config/resources.h"
#include "engine/container/restart_policy.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

// Of several updates at once each sees what the one before has made, in the record and in the
// cgroup.
class UpdateTurn {
 public:
  UpdateTurn(Container& container, const std::stop_token& stop) : container_(container) {
    bool taken = false;
    while (!taken) {
      container_.wait([](const Record&, const Live& live) { return !live.updating; }, stop);
      taken = container_.look(
          [](const Record&, Live& live) { return !std::exchange(live.updating, true); });
    }
  }
  ~UpdateTurn() {
    container_.change([](Record&, Live& live) { live.updating = false; });
  }
  UpdateTurn(const UpdateTurn&) = delete;
  UpdateTurn& operator=(const UpdateTurn&) = delete;

 private:
  Container& container_;
};

void refuse_doomed(const Record& record) {
  if (!is_doomed(record.status.state)) return;
  fail(Kind::conflict, "container is marked for removal and cannot be \"update\"");
}

void set_policy(api::HostConfig& host, const api::RestartPolicy& policy) {
  if (policy.name.empty()) return;
  if (host.auto_remove && policy.name != "no") {
    fail(Kind::conflict,
         "Restart policy cannot be updated because AutoRemove is enabled for the container");
  }
  host.restart_policy = policy;
}

// What the request alone says must make sense; what it leaves open is the container's business.
api::Strings check_request(const api::ContainerUpdate& request, const HostFacts& host) {
  api::Strings warnings;
  api::Resources asked = request.resources;
  // A swap limit may go with the memory limit that the container has.
  if (asked.memory == 0 && asked.memory_swap > 0) asked.memory_swap = 0;
  validate_resources(asked, host, warnings);
  if (request.restart_policy) validate(*request.restart_policy);
  for (const std::string& entry : request.env) {
    if (entry.empty() || entry.front() == '=') {
      fail(Kind::invalid, "invalid environment variable: {}", entry);
    }
  }
  return warnings;
}

void change_words(api::ContainerConfig& config, const api::ContainerUpdate& request) {
  for (const auto& [name, value] : request.labels) {
    if (value) {
      config.labels[name] = *value;
    } else {
      config.labels.erase(name);
    }
  }
  if (request.env.empty()) return;
  config.env = override_env(config.env.value_or(api::Strings{}), request.env);
}

Definition merged(const Definition& before, const api::ContainerUpdate& request,
                  const HostFacts& host) {
  Definition changed = before;
  api::Resources& resources = changed.host_config.resources;
  merge_update(resources, request.resources);
  api::Strings said_at_create;
  validate_resources(resources, host, said_at_create);
  if (request.restart_policy) set_policy(changed.host_config, *request.restart_policy);
  change_words(changed.config, request);
  return changed;
}

oci::LinuxResources live_limits(const api::Resources& now, const api::Resources& asked) {
  oci::LinuxResources limits = to_oci(now);
  // "No limit" is not among what a container is made with, but must be written to one that has one.
  if (asked.pids_limit && *asked.pids_limit < 0) limits.pids = oci::PidsResources{-1};
  return limits;
}

}  // namespace

api::ContainerUpdated Containers::update(std::string_view ref,
                                         const api::ContainerUpdate& request) {
  const std::shared_ptr<Container> container = get(ref);
  api::Strings warnings = check_request(request, parts_.host);
  const RecordPtr after =
      in_context(fmt::format("Cannot update container {}", container->id()), [&] {
        const UpdateTurn turn(*container, parts_.stopping);
        const RecordPtr before = container->record();
        refuse_doomed(*before);
        auto changed =
            std::make_shared<const Definition>(merged(*before->definition, request, parts_.host));
        const auto task = container->task();
        if (task && request.resources != api::Resources{}) {
          task->update(live_limits(changed->host_config.resources, request.resources));
        }
        const RecordPtr updated = container->change([&](Record& record, Live&) {
          refuse_doomed(record);
          record.definition = std::move(changed);
        });
        parts_.store.save(*updated);
        failpoint("update.stored");
        return updated;
      });
  parts_.events.publish("container", "update", after->id(), event_attributes(*after));
  api::ContainerUpdated answer;
  if (!warnings.empty()) answer.warnings = std::move(warnings);
  return answer;
}

}  // namespace mydock::engine
