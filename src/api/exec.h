#pragma once

#include <array>
#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

// The body of POST /containers/{id}/exec.
struct ExecCreate {
  bool attach_stdin = false;
  bool attach_stdout = false;
  bool attach_stderr = false;
  bool tty = false;
  bool detach = false;
  std::string detach_keys;
  std::optional<Strings> cmd;
  std::optional<Strings> env;
  std::string user;
  std::string working_dir;
  bool privileged = false;
  std::optional<std::array<std::uint32_t, 2>> console_size;  // rows, columns
  bool operator==(const ExecCreate&) const = default;
};
template <class V>
void fields(V& v, Of<ExecCreate> auto& s) {
  CommandRef cmd{s.cmd};
  v("User", s.user);
  v("Privileged", s.privileged);
  v("Tty", s.tty);
  v.omit_empty("ConsoleSize", s.console_size);
  v("AttachStdin", s.attach_stdin);
  v("AttachStderr", s.attach_stderr);
  v("AttachStdout", s.attach_stdout);
  v("Detach", s.detach);
  v("DetachKeys", s.detach_keys);
  v("Env", s.env);
  v("WorkingDir", s.working_dir);
  v("Cmd", cmd);
}

// The body of POST /exec/{id}/start.
struct ExecStart {
  bool detach = false;
  bool tty = false;
  std::optional<std::array<std::uint32_t, 2>> console_size;  // rows, columns
  bool operator==(const ExecStart&) const = default;
};
template <class V>
void fields(V& v, Of<ExecStart> auto& s) {
  v("Detach", s.detach);
  v("Tty", s.tty);
  v.omit_empty("ConsoleSize", s.console_size);
}

struct ExecProcess {
  bool tty = false;
  std::string entrypoint;
  Strings arguments;
  bool privileged = false;
  std::string user;
  bool operator==(const ExecProcess&) const = default;
};
template <class V>
void fields(V& v, Of<ExecProcess> auto& s) {
  v("tty", s.tty);
  v("entrypoint", s.entrypoint);
  v("arguments", s.arguments);
  v("privileged", s.privileged);
  v.omit_empty("user", s.user);
}

struct ExecInspect {
  std::string id;
  bool running = false;
  std::optional<std::int64_t> exit_code;  // no value until it ended
  ExecProcess process;
  bool open_stdin = false;
  bool open_stderr = false;
  bool open_stdout = false;
  bool can_remove = false;
  std::string container_id;
  std::string detach_keys;  // base64
  std::int64_t pid = 0;
  bool operator==(const ExecInspect&) const = default;
};
template <class V>
void fields(V& v, Of<ExecInspect> auto& s) {
  v("ID", s.id);
  v("Running", s.running);
  v("ExitCode", s.exit_code);
  v("ProcessConfig", s.process);
  v("OpenStdin", s.open_stdin);
  v("OpenStderr", s.open_stderr);
  v("OpenStdout", s.open_stdout);
  v("CanRemove", s.can_remove);
  v("ContainerID", s.container_id);
  v("DetachKeys", s.detach_keys);
  v("Pid", s.pid);
}

}  // namespace mydock::api
