#include "http/hangup.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/error.h"

namespace mydock::http {

HangupWatcher::HangupWatcher()
    : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "make an epoll descriptor")),
      wake_(check(::eventfd(0, EFD_CLOEXEC), "make an eventfd")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "watch an eventfd");
  thread_ = std::thread([this] { run(); });
}

HangupWatcher::~HangupWatcher() {
  const std::uint64_t one = 1;
  // An eventfd takes this write always.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
  thread_.join();
}

std::uint64_t HangupWatcher::add(const Fd& socket, std::stop_source source) {
  int domain = AF_UNIX;
  socklen_t length = sizeof(domain);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &length);
  epoll_event event{};
  // EPOLLHUP and EPOLLERR are always told.
  event.events = EPOLLONESHOT;
  if (domain != AF_UNIX) event.events |= EPOLLRDHUP;
  Lock lock(mutex_);
  const std::uint64_t id = next_++;
  event.data.u64 = id;
  watched_.emplace(id, std::move(source));
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event), "watch a connection");
  return id;
}

void HangupWatcher::remove(std::uint64_t id, const Fd& socket) {
  Lock lock(mutex_);
  watched_.erase(id);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket.get(), nullptr);
}

void HangupWatcher::run() {
  std::array<epoll_event, 16> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == 0) return;
      std::optional<std::stop_source> source;
      {
        Lock lock(mutex_);
        if (const auto found = watched_.find(id); found != watched_.end()) source = found->second;
      }
      if (source) source->request_stop();  // runs callbacks: not under the lock
    }
  }
}

}  // namespace mydock::http
