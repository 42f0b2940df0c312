#include "runtime/private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <exception>
#include <thread>

#include "base/error.h"

namespace mydock::runtime {

namespace {

void keep_only(const fs::path& tree) {
  check(::chdir(tree.c_str()), "enter {}", tree.string());
  check(::syscall(SYS_pivot_root, ".", "."), "make {} the root of its namespace", tree.string());
  check(::umount2(".", MNT_DETACH), "let go of the host's mounts");
}

}  // namespace

PrivateMounts::PrivateMounts(const std::function<fs::path()>& build) {
  std::exception_ptr failure;
  // A thread that enters a namespace never comes back: it ends.
  std::thread([&] {
    try {
      check(::unshare(CLONE_NEWNS), "make a mount namespace");
      check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
      namespace_ = open_file("/proc/thread-self/ns/mnt", O_RDONLY);
      keep_only(build());
      top_ = open_file("/", O_PATH | O_DIRECTORY);
    } catch (...) {  // crosses to the caller's thread
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace mydock::runtime
