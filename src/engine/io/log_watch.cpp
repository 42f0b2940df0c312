#include "engine/io/log_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/stop.h"

namespace mydock::engine {

LogWatch::LogWatch(const fs::path& log_directory, fs::path bundle)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), bundle_(std::move(bundle)) {
  // A user has 128 of them on most machines: whoever comes later looks again and again.
  if (!inotify_ && errno == EMFILE) return;
  if (!inotify_) fail_errno("make an inotify descriptor");
  check(::inotify_add_watch(inotify_.get(), log_directory.c_str(),
                            IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF),
        "watch {}", log_directory.string());
}

void LogWatch::wait(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kSoon{100};
  constexpr std::chrono::milliseconds kNextLook{250};
  if (!inotify_) {
    wait_for(-1, POLLIN, stop, deadline_after(kNextLook));
    return;
  }
  // Each run has a new one. Without one, a run is about to begin or has just ended: look again
  // soon.
  const bool has_run = ::inotify_add_watch(inotify_.get(), bundle_.c_str(),
                                           IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF) >= 0;
  const Deadline deadline = has_run ? Deadline() : deadline_after(kSoon);
  if (!wait_for(inotify_, POLLIN, stop, deadline)) return;
  alignas(inotify_event) std::array<char, 4096> events{};
  while (::read(inotify_.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace mydock::engine
