#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/error.h"
#include "runtime/cgroup/group.h"

namespace mydock::runtime::cgroup {

namespace {
constexpr int kRounds = 400;
constexpr timespec kPause{0, 5'000'000};
constexpr std::chrono::seconds kPatience{2};
}  // namespace

void set_frozen_v1(const Cgroup::Group& group, bool frozen) {
  const std::string_view wanted = frozen ? "FROZEN" : "THAWED";
  for (int round = 0; round < kRounds; ++round) {
    // Written again each time: a process that forks meanwhile leaves the group at FREEZING.
    write_value(group, "freezer.state", wanted);
    if (find_value(group.directory, "freezer.state") == wanted) return;
    ::nanosleep(&kPause, nullptr);
  }
  if (frozen) write_value(group, "freezer.state", "THAWED");
  fail(Kind::deadline, "freeze {}: its processes do not stop", group.path.native());
}

void set_frozen_v2(const Cgroup::Group& group, bool frozen) {
  const Fd events = open_at(group.directory, "cgroup.events", O_RDONLY);
  write_value(group, "cgroup.freeze", frozen ? "1" : "0");
  const std::string_view wanted = frozen ? "frozen 1" : "frozen 0";
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    // Reading through this descriptor is what arms the next POLLPRI.
    std::array<char, 256> text;
    const ssize_t n = ::pread(events.get(), text.data(), text.size(), 0);
    check(n, "read {}/cgroup.events", group.path.native());
    if (std::string_view(text.data(), static_cast<std::size_t>(n)).find(wanted) !=
        std::string_view::npos) {
      return;
    }
    pollfd change{events.get(), POLLPRI, 0};
    ::poll(&change, 1, 50);
  }
  if (!frozen) return;  // a process that is being killed never reports itself thawed
  write_value(group, "cgroup.freeze", "0");
  fail(Kind::deadline, "freeze {}: its processes do not stop", group.path.native());
}

}  // namespace mydock::runtime::cgroup
