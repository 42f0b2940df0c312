#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock::runtime::init {

// A proc file system that is attached nowhere, so nothing that the image or a volume holds can be
// mounted over it: writes to it reach the kernel and no other file.
class PrivateProc {
 public:
  PrivateProc();  // of the current pid namespace

  // `path` relative: "self/oom_score_adj", "sys/net/ipv4/ip_forward". One write(2).
  void write(std::string_view path, std::string_view contents) const;
  Fd open(std::string_view path, int flags) const;

 private:
  Fd mount_;
};

// True if `fd` lies on procfs.
bool is_on_proc(const Fd& fd);
// Fails unless `fd` is this character device: an image may have put something else in its place.
void check_device(const Fd& fd, unsigned major, unsigned minor, std::string_view name);

// What `path` leads to inside `root`, links followed. No value: nothing is there.
std::optional<Fd> find_in_root(const Fd& root, std::string_view path, int flags);
// openat2 without any link, inside `directory`.
Fd open_no_links(const Fd& directory, std::string_view path, int flags);

}  // namespace mydock::runtime::init
