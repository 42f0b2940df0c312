#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct Healthcheck {  // durations in nanoseconds; zero: inherit, or the default
  Strings test;
  std::int64_t interval = 0;
  std::int64_t timeout = 0;
  std::int64_t start_period = 0;
  std::int64_t start_interval = 0;
  std::int64_t retries = 0;
  bool operator==(const Healthcheck&) const = default;
};
template <class V>
void fields(V& v, Of<Healthcheck> auto& s) {
  v.omit_empty("Test", s.test);
  v.omit_empty("Interval", s.interval);
  v.omit_empty("Timeout", s.timeout);
  v.omit_empty("StartPeriod", s.start_period);
  v.omit_empty("StartInterval", s.start_interval);
  v.omit_empty("Retries", s.retries);
}

// Docker's Config: what runs, independent of the host. An optional list tells null (not set) from
// [] (set, empty).
struct ContainerConfig {
  std::string hostname;
  std::string domainname;
  std::string user;
  bool attach_stdin = false;
  bool attach_stdout = false;
  bool attach_stderr = false;
  StringSet exposed_ports;  // "80/tcp"
  bool tty = false;
  bool open_stdin = false;
  bool stdin_once = false;
  std::optional<Strings> env;
  std::optional<Strings> cmd;
  std::optional<Healthcheck> healthcheck;
  bool args_escaped = false;
  std::string image;  // as the user typed it
  std::optional<StringSet> volumes;
  std::string working_dir;
  std::optional<Strings> entrypoint;
  bool network_disabled = false;
  std::string mac_address;
  VersionedStrings on_build = kNullList;
  StringMap labels;
  std::string stop_signal;
  std::optional<std::int64_t> stop_timeout;  // seconds
  Strings shell;
  bool operator==(const ContainerConfig&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerConfig> auto& s) {
  CommandRef cmd{s.cmd};
  CommandRef entrypoint{s.entrypoint};
  v("Hostname", s.hostname);
  v("Domainname", s.domainname);
  v("User", s.user);
  v("AttachStdin", s.attach_stdin);
  v("AttachStdout", s.attach_stdout);
  v("AttachStderr", s.attach_stderr);
  v.omit_empty("ExposedPorts", s.exposed_ports);
  v("Tty", s.tty);
  v("OpenStdin", s.open_stdin);
  v("StdinOnce", s.stdin_once);
  v("Env", s.env);
  v("Cmd", cmd);
  v.omit_empty("Healthcheck", s.healthcheck);
  v.omit_empty("ArgsEscaped", s.args_escaped);
  v("Image", s.image);
  v("Volumes", s.volumes);
  v("WorkingDir", s.working_dir);
  v("Entrypoint", entrypoint);
  v.omit_empty("NetworkDisabled", s.network_disabled);
  v.omit_empty("MacAddress", s.mac_address);
  v.omit_empty("OnBuild", s.on_build);
  v("Labels", s.labels);
  v.omit_empty("StopSignal", s.stop_signal);
  v.omit_empty("StopTimeout", s.stop_timeout);
  v.omit_empty("Shell", s.shell);
}

}  // namespace mydock::api
