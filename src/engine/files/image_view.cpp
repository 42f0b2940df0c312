#include "engine/files/image_view.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

namespace mydock::engine {

namespace {

// glibc 2.36 has these calls; older ones do not, and the numbers are the same everywhere.
Fd open_overlay() {
  return Fd(static_cast<int>(
      check(::syscall(SYS_fsopen, "overlay", 1U /* FSOPEN_CLOEXEC */), "open an overlay")));
}

void configure(const Fd& overlay, unsigned command, const char* key, const char* value) {
  check(::syscall(SYS_fsconfig, overlay.get(), command, key, value, 0), "set overlay option {}",
        key == nullptr ? "(create)" : key);
}

constexpr unsigned kSetString = 1;
constexpr unsigned kCreate = 6;

}  // namespace

Root open_layers(const std::vector<std::string>& layers) {
  if (layers.empty()) fail(Kind::invalid, "an image without layers has no files");
  if (layers.size() == 1) return Root::open(layers.front());
  const Fd overlay = open_overlay();
  for (const std::string& layer : layers) {
    configure(overlay, kSetString, "lowerdir+", layer.c_str());
  }
  configure(overlay, kCreate, nullptr, nullptr);
  const unsigned attributes = 1U | 2U | 4U | 8U;  // read-only, nosuid, nodev, noexec
  return Root(Fd(static_cast<int>(
      check(::syscall(SYS_fsmount, overlay.get(), 1U /* FSMOUNT_CLOEXEC */, attributes),
            "mount an overlay of {} layers", layers.size()))));
}

}  // namespace mydock::engine
