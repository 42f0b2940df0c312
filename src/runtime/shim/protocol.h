#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "oci/runtime_spec.h"
#include "runtime/task.h"

// What daemon and shim say to each other: one JSON message a SOCK_SEQPACKET packet, descriptors by
// SCM_RIGHTS. A request is answered by one reply with its id; events come with id 0. Many daemons
// may be connected, and a shim outlives them all.
namespace mydock::runtime::shim {

inline constexpr int kVersion = 1;
inline constexpr std::size_t kLargestMessage = std::size_t{1} << 20;
inline constexpr int kInheritedFd = 3;  // the shim's end of the socket pair
inline constexpr std::string_view kSocketName = "shim.sock";
inline constexpr std::string_view kExitName = "exit.json";

// N and N-1 are understood, nothing else.
constexpr bool speaks(int version) { return version == kVersion || version == kVersion - 1; }

struct WireError {
  std::string kind{};
  std::string message{};
  int error_number = 0;
  bool operator==(const WireError&) const = default;
};
template <class V>
void fields(V& v, Of<WireError> auto& e) {
  v("kind", e.kind);
  v("message", e.message);
  v.omit_empty("errno", e.error_number);
}

struct WireAttach {
  bool stdin_open = false;
  bool stdout_open = false;
  bool stderr_open = false;
  std::string detach_keys{};    // hex, so that any byte may be in it
  std::string pending_input{};  // hex
  bool operator==(const WireAttach&) const = default;
};
template <class V>
void fields(V& v, Of<WireAttach> auto& a) {
  v.omit_empty("stdin", a.stdin_open);
  v.omit_empty("stdout", a.stdout_open);
  v.omit_empty("stderr", a.stderr_open);
  v.omit_empty("detachKeys", a.detach_keys);
  v.omit_empty("pendingInput", a.pending_input);
}

// op: start, signal, pause, resume, exec, resize, update, attach, state, pids. The members that an
// op does not use stay empty. exec and attach carry the client's socket.
struct Request {
  int version = kVersion;
  std::uint64_t id = 0;
  std::string op{};
  std::string process{};  // "": init; otherwise an exec's id
  int signal = 0;
  bool all = false;
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  WireAttach attach{};
  std::optional<oci::Process> exec{};
  std::string user{};  // exec: Docker's user text
  std::optional<oci::LinuxResources> resources{};
};
template <class V>
void fields(V& v, Of<Request> auto& r) {
  v("v", r.version);
  v("id", r.id);
  v("op", r.op);
  v.omit_empty("process", r.process);
  v.omit_empty("signal", r.signal);
  v.omit_empty("all", r.all);
  v.omit_empty("rows", r.rows);
  v.omit_empty("columns", r.columns);
  v.omit_empty("attach", r.attach);
  v.omit_empty("exec", r.exec);
  v.omit_empty("user", r.user);
  v.omit_empty("resources", r.resources);
}

struct ExecState {
  std::string id{};
  int pid = 0;
  bool running = false;
  int code = 0;
};
template <class V>
void fields(V& v, Of<ExecState> auto& e) {
  v("id", e.id);
  v("pid", e.pid);
  v("running", e.running);
  v("code", e.code);
}

// A reply (id of its request, `error` if it failed) or an event (id 0): created {pid}, oom,
// exec_exit {process, code}, detach {process}.
struct Message {
  int version = kVersion;
  std::uint64_t id = 0;
  std::string event{};
  std::optional<WireError> error{};
  std::string process{};
  int pid = 0;
  int code = 0;
  std::string status{};            // state: runtime.md's words
  bool oom_killed = false;         // state
  std::vector<ExecState> execs{};  // state
  std::vector<int> pids{};         // pids
};
template <class V>
void fields(V& v, Of<Message> auto& m) {
  v("v", m.version);
  v("id", m.id);
  v.omit_empty("event", m.event);
  v.omit_empty("error", m.error);
  v.omit_empty("process", m.process);
  v.omit_empty("pid", m.pid);
  v.omit_empty("code", m.code);
  v.omit_empty("status", m.status);
  v.omit_empty("oomKilled", m.oom_killed);
  v.omit_empty("execs", m.execs);
  v.omit_empty("pids", m.pids);
}

Attach from_wire(const WireAttach& attach);
WireError to_wire(const Error& error);
Error from_wire(const WireError& error);
std::string to_hex(std::string_view bytes);
// Errors: invalid.
std::string from_hex(std::string_view text);

}  // namespace mydock::runtime::shim
