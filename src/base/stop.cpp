#include "base/stop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>

#include "base/error.h"

namespace mydock {

namespace {

int milliseconds_left(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
}

void wake(int event_fd) noexcept {
  const std::uint64_t one = 1;
  // An eventfd write of 1 fails only when the counter is full, and then poll wakes anyway.
  [[maybe_unused]] const ssize_t count = ::write(event_fd, &one, sizeof one);
}

}  // namespace

bool wait_for(int fd, short events, const std::stop_token& stop, Deadline deadline) {
  std::array<pollfd, 2> polled{
      {{.fd = fd, .events = events, .revents = 0}, {.fd = -1, .events = POLLIN, .revents = 0}}};
  Fd wake_up;
  if (stop.stop_possible()) {
    wake_up = Fd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"));
    polled[1].fd = wake_up.get();
  }
  const std::stop_callback on_stop(stop, [event_fd = wake_up.get()] { wake(event_fd); });
  while (true) {
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    const int ready = ::poll(polled.data(), polled.size(), milliseconds_left(deadline));
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "poll fd {}", fd);
    if (polled[0].revents != 0) return true;
    if (ready == 0) return false;
  }
}

bool wait_for(const Fd& fd, short events, const std::stop_token& stop, Deadline deadline) {
  return wait_for(fd.get(), events, stop, deadline);
}

}  // namespace mydock
