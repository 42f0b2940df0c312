#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/container.h"
#include "api/container_config.h"
#include "api/endpoint.h"
#include "api/host_config.h"
#include "base/clock.h"
#include "engine/container/state.h"

namespace mydock::engine {

// One mount of a container, as create has resolved it. `source`: on the host; for a volume its
// _data directory.
struct ContainerMount {
  std::string type;  // bind, volume, tmpfs
  std::string name;  // of the volume
  std::string source;
  std::string target;
  std::string driver;
  std::string mode;  // as the client wrote it
  std::string propagation;
  bool read_only = false;
  bool anonymous = false;  // made for this container: goes with it when asked
  bool non_recursive = false;
  bool read_only_non_recursive = false;
  bool read_only_force_recursive = false;
  bool no_copy = false;
  bool listed = true;  // false: --tmpfs, which inspect does not show under Mounts
  std::string subpath;
  std::string device_type;  // of a volume that is mounted from elsewhere: "nfs", "tmpfs", "none"
  std::string device;
  api::Strings device_options;
  api::Strings tmpfs_options;
  bool operator==(const ContainerMount&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerMount> auto& m) {
  v("type", m.type);
  v.omit_empty("name", m.name);
  v.omit_empty("source", m.source);
  v("target", m.target);
  v.omit_empty("driver", m.driver);
  v.omit_empty("mode", m.mode);
  v.omit_empty("propagation", m.propagation);
  v.omit_empty("readOnly", m.read_only);
  v.omit_empty("anonymous", m.anonymous);
  v.omit_empty("nonRecursive", m.non_recursive);
  v.omit_empty("readOnlyNonRecursive", m.read_only_non_recursive);
  v.omit_empty("readOnlyForceRecursive", m.read_only_force_recursive);
  v.omit_empty("noCopy", m.no_copy);
  v("listed", m.listed);
  v.omit_empty("subpath", m.subpath);
  v.omit_empty("deviceType", m.device_type);
  v.omit_empty("device", m.device);
  v.omit_empty("deviceOptions", m.device_options);
  v.omit_empty("tmpfsOptions", m.tmpfs_options);
}

// What create fixed. Only update changes it.
struct Definition {
  std::string id;
  Time created{};
  std::string image_id;  // "sha256:…"
  std::string platform;  // "linux/amd64"
  api::ContainerConfig config;
  api::HostConfig host_config;
  std::vector<ContainerMount> mounts;
  api::StringMap macs;  // network name -> hardware address that was asked for
};
template <class V>
void fields(V& v, Of<Definition> auto& d) {
  v("id", d.id);
  v("created", d.created);
  v("imageId", d.image_id);
  v("platform", d.platform);
  v("config", d.config);
  v("hostConfig", d.host_config);
  v("mounts", d.mounts);
  v.omit_empty("macs", d.macs);
}

// What changes while it lives.
struct Status {
  State state = State::created;
  std::int64_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;
  Time started{};  // epoch: never
  Time finished{};
  int restart_count = 0;
  bool manually_stopped = false;
  bool remove_volumes = false;        // of a removal
  std::optional<api::Health> health;  // of one with a health check, once it was started
  api::Endpoints endpoints;           // by network name; addresses only while it runs
  api::PortMap ports;                 // what is published while it runs
};
template <class V>
void fields(V& v, Of<Status> auto& s) {
  v("state", s.state);
  v("pid", s.pid);
  v("exitCode", s.exit_code);
  v("oomKilled", s.oom_killed);
  v("error", s.error);
  v("started", s.started);
  v("finished", s.finished);
  v("restartCount", s.restart_count);
  v("manuallyStopped", s.manually_stopped);
  v.omit_empty("removeVolumes", s.remove_volumes);
  v.omit_empty("health", s.health);
  v("endpoints", s.endpoints);
  v.omit_empty("ports", s.ports);
}

// One moment of a container. Published ones are never changed.
struct Record {
  std::string name;  // without the slash
  std::shared_ptr<const Definition> definition;
  Status status;
  std::uint64_t version = 0;  // counts up: an older one is never stored over a newer one

  const std::string& id() const { return definition->id; }
  const api::ContainerConfig& config() const { return definition->config; }
  const api::HostConfig& host_config() const { return definition->host_config; }
  bool auto_remove() const { return definition->host_config.auto_remove; }
};
using RecordPtr = std::shared_ptr<const Record>;

// Docker's State.Status: what `starting` was before it.
std::string_view shown_state(const Record& record);
// argv of the container's process: entrypoint and command.
api::Strings command_line(const api::ContainerConfig& config);
// Attributes of its events: labels, image, name.
api::StringMap event_attributes(const Record& record);

}  // namespace mydock::engine
