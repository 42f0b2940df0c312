#include "runtime/overlay.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"

namespace mydock::runtime {

std::string descriptor_names(const std::vector<Fd>& directories) {
  std::string names;
  for (const Fd& directory : directories) {
    if (!names.empty()) names += ':';
    names += std::to_string(directory.get());
  }
  return names;
}

// Options of mount(2) fit in one page, and a stack may have 127 layers: so the layers are named by
// their descriptors, relative to /proc/self/fd. The file system's own defaults differ between
// kernels, and Diff relies on plain whiteouts and whole files.
void mount_overlay(const OverlayParts& parts, const fs::path& target, unsigned long flags) {
  const Fd point = open_file(target, O_PATH | O_DIRECTORY);
  std::vector<Fd> lower;
  for (const std::string& layer : parts.lower) {
    lower.push_back(open_file(layer, O_PATH | O_DIRECTORY));
  }
  std::string options =
      "index=off,redirect_dir=off,metacopy=off,lowerdir=" + descriptor_names(lower);
  Fd upper;
  Fd work;
  if (!parts.upper.empty()) {
    upper = open_file(parts.upper, O_PATH | O_DIRECTORY);
    work = open_file(parts.work, O_PATH | O_DIRECTORY);
    options += fmt::format(",upperdir={},workdir={}", upper.get(), work.get());
  }
  if (options.size() >= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    fail(Kind::invalid, "{} layers are too many", parts.lower.size());
  }
  const Fd before = open_file(".", O_PATH | O_DIRECTORY);
  check(::chdir("/proc/self/fd"), "enter /proc/self/fd");
  check(::mount("overlay", std::to_string(point.get()).c_str(), "overlay", flags, options.c_str()),
        "mount the overlay of {} layers on {}", parts.lower.size(), target.string());
  check(::fchdir(before.get()), "leave /proc/self/fd");
}

}  // namespace mydock::runtime
