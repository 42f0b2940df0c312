#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "base/json.h"

// What the shim and the child that it cloned say to each other over a close-on-exec SOCK_SEQPACKET
// pair, one JSON object a packet:
//   shim  -> child  go       id maps are written, the child is in its cgroups
//   child -> shim   warning  a limit was clamped; for the log
//   child -> shim   tty      the pty's master comes along (only with process.terminal)
//   child -> shim   created  everything is prepared, the child waits at the gate (init only)
//   shim  -> child  start    opens the gate (init only)
//   child -> shim   error    it failed, and exits
//   end of the channel: the exec happened
namespace mydock::runtime::init {

struct ChannelMessage {
  std::string op{};
  std::string kind{};     // error: to_string(Kind)
  std::string message{};  // error, warning
  int error_number = 0;
  bool operator==(const ChannelMessage&) const = default;
};
template <class V>
void fields(V& v, Of<ChannelMessage> auto& m) {
  v("op", m.op);
  v.omit_empty("kind", m.kind);
  v.omit_empty("message", m.message);
  v.omit_empty("errno", m.error_number);
}

struct ChannelPacket {
  ChannelMessage message;
  Fd fd;  // with tty
};

// `fd`: sent along; -1: none. Errors: system.
void send_message(int channel, const ChannelMessage& message, int fd = -1);
inline void send_op(int channel, const char* op) { send_message(channel, {.op = op}); }
// Blocks, unless the channel is non-blocking and nothing is there: then Error{system, EAGAIN}.
// No value: the other end is closed.
std::optional<ChannelPacket> receive_message(int channel);

ChannelMessage to_message(const Error& error);
Error to_error(const ChannelMessage& message);

}  // namespace mydock::runtime::init
