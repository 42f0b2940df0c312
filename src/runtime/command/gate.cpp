#include "runtime/command/gate.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/json.h"
#include "runtime/command/store.h"
#include "runtime/init/channel.h"
#include "runtime/shim/packet.h"
#include "runtime/shim/spawn.h"

namespace mydock::runtime::command {

namespace {

// Only the two descriptors stay: a caller waits for the end of its pipes.
void drop_everything_else(int& channel, int& listener) {
  ::setsid();
  const Fd null = open_file("/dev/null", O_RDWR);
  channel = ::fcntl(channel, F_DUPFD_CLOEXEC, 100);
  listener = ::fcntl(listener, F_DUPFD_CLOEXEC, 100);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null.get(), fd);
  const auto low = static_cast<unsigned>(std::min(channel, listener));
  const auto high = static_cast<unsigned>(std::max(channel, listener));
  ::close_range(3, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

[[noreturn]] void hold(int channel, int listener) {
  drop_everything_else(channel, listener);
  const Fd door(listener);
  for (;;) {
    std::array<pollfd, 2> polls{pollfd{listener, POLLIN, 0}, pollfd{channel, POLLIN, 0}};
    if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) ::_exit(1);
    if (polls[1].revents != 0) ::_exit(0);  // init died at the gate
    if (polls[0].revents == 0) continue;
    const Fd client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!client || shim::peer_of(client).uid != ::geteuid()) continue;
    if (!shim::receive(client)) continue;
    init::send_op(channel, "start");
    init::ChannelMessage answer{.op = "running"};
    while (const auto packet = init::receive_message(channel)) {
      answer = packet->message;
      if (answer.op == "error") break;
      answer = {.op = "running"};
    }
    shim::send(client, to_json(answer), -1, 0);
    ::_exit(0);
  }
}

}  // namespace

void keep_gate(Fd channel, const fs::path& directory) {
  const Fd listener = shim::listen_at(directory, kGateName);
  shim::spawn(0, -1, [&](int /*unused*/) {
    try {
      hold(channel.get(), listener.get());
    } catch (const Error&) {
      ::_exit(1);
    }
  });
}

void open_gate(const fs::path& directory) {
  const auto gate = shim::connect_at(directory, kGateName);
  if (!gate) fail(Kind::conflict, "container is not created, or started already");
  shim::send(*gate, "start", -1, 0);
  const auto packet = shim::receive(*gate);
  ::unlink((directory / kGateName).c_str());
  if (!packet) fail(Kind::conflict, "the container's first process is gone");
  const auto answer = from_json<init::ChannelMessage>(packet->text);
  if (answer.op == "error") throw init::to_error(answer);
}

}  // namespace mydock::runtime::command
