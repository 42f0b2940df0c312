#pragma once

#include <cstdint>
#include <optional>

#include "api/json_types.h"

// Specs of the Container Device Interface (cncf-tags/container-device-interface, SPEC.md): what a
// vendor says must be changed in a container so that it can use a device.
namespace mydock::engine {

struct CdiDeviceNode {
  std::string path;
  std::string host_path;  // empty: `path`
  std::string type;       // empty: as on the host, and so are the numbers
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::optional<std::uint32_t> file_mode;
  std::string permissions;  // empty: rwm
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
};
template <class V>
void fields(V& v, Of<CdiDeviceNode> auto& n) {
  v("path", n.path);
  v.omit_empty("hostPath", n.host_path);
  v.omit_empty("type", n.type);
  v.omit_empty("major", n.major);
  v.omit_empty("minor", n.minor);
  v.omit_empty("fileMode", n.file_mode);
  v.omit_empty("permissions", n.permissions);
  v.omit_empty("uid", n.uid);
  v.omit_empty("gid", n.gid);
}

struct CdiMount {
  std::string host_path;
  std::string container_path;
  std::string type;
  api::Strings options;
};
template <class V>
void fields(V& v, Of<CdiMount> auto& m) {
  v("hostPath", m.host_path);
  v("containerPath", m.container_path);
  v.omit_empty("type", m.type);
  v.omit_empty("options", m.options);
}

struct CdiHook {
  std::string name;  // of the moment: "createRuntime"
  std::string path;
  api::Strings args;
  api::Strings env;
  std::optional<int> timeout;  // seconds
};
template <class V>
void fields(V& v, Of<CdiHook> auto& h) {
  v("hookName", h.name);
  v("path", h.path);
  v.omit_empty("args", h.args);
  v.omit_empty("env", h.env);
  v.omit_empty("timeout", h.timeout);
}

struct CdiEdits {
  api::Strings env;
  std::vector<CdiDeviceNode> device_nodes;
  std::vector<CdiMount> mounts;
  std::vector<CdiHook> hooks;
  std::vector<std::uint32_t> additional_gids;
};
template <class V>
void fields(V& v, Of<CdiEdits> auto& e) {
  v.omit_empty("env", e.env);
  v.omit_empty("deviceNodes", e.device_nodes);
  v.omit_empty("mounts", e.mounts);
  v.omit_empty("hooks", e.hooks);
  v.omit_empty("additionalGids", e.additional_gids);
}

struct CdiDevice {
  std::string name;
  CdiEdits edits;
};
template <class V>
void fields(V& v, Of<CdiDevice> auto& d) {
  v("name", d.name);
  v("containerEdits", d.edits);
}

struct CdiSpec {
  std::string version;
  std::string kind;  // "vendor.com/class"
  std::vector<CdiDevice> devices;
  CdiEdits edits;  // for whoever uses any of them
};
template <class V>
void fields(V& v, Of<CdiSpec> auto& s) {
  v("cdiVersion", s.version);
  v("kind", s.kind);
  v("devices", s.devices);
  v("containerEdits", s.edits);
}

}  // namespace mydock::engine
