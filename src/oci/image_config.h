#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "oci/digest.h"
#include "oci/platform.h"

namespace mydock::oci {

struct Healthcheck {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", …}, {"CMD-SHELL", command}; empty: inherited
  std::int64_t interval = 0;      // these in nanoseconds; 0: the default
  std::int64_t timeout = 0;
  std::int64_t start_period = 0;
  std::int64_t start_interval = 0;
  std::int64_t retries = 0;
  bool operator==(const Healthcheck&) const = default;
};
template <class V>
void fields(V& v, Of<Healthcheck> auto& h) {
  v.omit_empty("Test", h.test);
  v.omit_empty("Interval", h.interval);
  v.omit_empty("Timeout", h.timeout);
  v.omit_empty("StartPeriod", h.start_period);
  v.omit_empty("StartInterval", h.start_interval);
  v.omit_empty("Retries", h.retries);
}

// The "config" object: how to run a container by default. Docker's member names.
struct ExecutionConfig {
  std::string user;
  std::map<std::string, Empty> exposed_ports;  // "80/tcp"
  std::vector<std::string> env;                // "NAME=value"
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::map<std::string, Empty> volumes;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<Healthcheck> healthcheck;
  std::vector<std::string> on_build;
  std::vector<std::string> shell;
  bool args_escaped = false;
  bool operator==(const ExecutionConfig&) const = default;
};
template <class V>
void fields(V& v, Of<ExecutionConfig> auto& c) {
  v.omit_empty("User", c.user);
  v.omit_empty("ExposedPorts", c.exposed_ports);
  v.omit_empty("Env", c.env);
  v.omit_empty("Entrypoint", c.entrypoint);
  v.omit_empty("Cmd", c.cmd);
  v.omit_empty("Healthcheck", c.healthcheck);
  v.omit_empty("ArgsEscaped", c.args_escaped);
  v.omit_empty("Volumes", c.volumes);
  v.omit_empty("WorkingDir", c.working_dir);
  v.omit_empty("OnBuild", c.on_build);
  v.omit_empty("Labels", c.labels);
  v.omit_empty("StopSignal", c.stop_signal);
  v.omit_empty("Shell", c.shell);
}

struct RootFs {
  std::string type = "layers";
  std::vector<DiffId> diff_ids;  // lowest first
  bool operator==(const RootFs&) const = default;
};
template <class V>
void fields(V& v, Of<RootFs> auto& r) {
  v("type", r.type);
  v("diff_ids", r.diff_ids);
}

struct HistoryEntry {
  Time created;
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;
  bool operator==(const HistoryEntry&) const = default;
};
template <class V>
void fields(V& v, Of<HistoryEntry> auto& h) {
  v.omit_empty("created", h.created);
  v.omit_empty("created_by", h.created_by);
  v.omit_empty("author", h.author);
  v.omit_empty("comment", h.comment);
  v.omit_empty("empty_layer", h.empty_layer);
}

// The image's configuration; the digest of its original bytes is the ImageID, so keep those.
struct ImageConfig {
  Time created;
  std::string author;
  std::string architecture;
  std::string variant;
  std::string os;
  std::string os_version;
  std::vector<std::string> os_features;
  ExecutionConfig config;
  RootFs rootfs;
  std::vector<HistoryEntry> history;  // oldest first
  std::string comment;                // these three: Docker's, in old images
  std::string docker_version;
  std::string parent;

  Platform platform() const { return {os, architecture, variant, os_version, os_features}; }
  bool operator==(const ImageConfig&) const = default;
};
template <class V>
void fields(V& v, Of<ImageConfig> auto& c) {
  v.omit_empty("created", c.created);
  v.omit_empty("author", c.author);
  v("architecture", c.architecture);
  v.omit_empty("variant", c.variant);
  v("os", c.os);
  v.omit_empty("os.version", c.os_version);
  v.omit_empty("os.features", c.os_features);
  v.omit_empty("comment", c.comment);
  v.omit_empty("docker_version", c.docker_version);
  v.omit_empty("parent", c.parent);
  v("config", c.config);
  v("rootfs", c.rootfs);
  v.omit_empty("history", c.history);
}

// Checks what later code relies on: at most 4 MiB, an os and an architecture (Docker's oldest
// images lack the os: "linux"), rootfs of layers, at most 127 valid diff_ids, as many as history
// says if it says so, no NUL byte in a string that reaches a process. Errors: invalid.
ImageConfig parse_image_config(std::string_view text);

}  // namespace mydock::oci
