#include "engine/io/pending_attach.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

#include "base/error.h"

namespace mydock::engine {

namespace {

void wake(const Fd& event) {
  const std::uint64_t one = 1;
  write_all(event, std::as_bytes(std::span(&one, 1)));
}

}  // namespace

PendingAttach::PendingAttach(runtime::Attach attach, Fd socket)
    : attach_(std::move(attach)),
      socket_(std::move(socket)),
      hangup_(socket_.duplicate()),
      woken_(check(::eventfd(0, EFD_CLOEXEC), "make an eventfd")) {}

Fd PendingAttach::take() {
  const std::lock_guard lock(mutex_);
  if (taken_) return Fd();
  taken_ = true;
  wake(woken_);
  return std::move(socket_);
}

bool PendingAttach::wait(const std::stop_token& stop) {
  const std::stop_callback stopped(stop, [this] { wake(woken_); });
  // No events asked for: POLLHUP comes only when the client has closed both directions. The CLI
  // half-closes at once when it has no input, and that is not a hang-up.
  std::array<pollfd, 2> fds{pollfd{hangup_.get(), 0, 0}, pollfd{woken_.get(), POLLIN, 0}};
  while (::poll(fds.data(), fds.size(), -1) < 0) {
    if (errno != EINTR) fail_errno("wait for a client");
  }
  hangup_.reset();
  const std::lock_guard lock(mutex_);
  if (taken_) return true;
  taken_ = true;
  socket_.reset();
  return false;
}

}  // namespace mydock::engine
