#include "runtime/init/terminal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/init/kernel_files.h"
#include "runtime/init/mounts.h"

namespace mydock::runtime::init {
namespace {

void check_on_devpts(const Fd& fd) {
  struct statfs status {};
  check(::fstatfs(fd.get(), &status), "statfs /dev/pts");
  if (status.f_type != DEVPTS_SUPER_MAGIC) {
    fail(Kind::forbidden, "/dev/pts in the container is not a devpts file system");
  }
}

winsize wanted_size(const Child& child) {
  winsize size{};
  if (child.process.console_size) {
    size.ws_row = static_cast<unsigned short>(child.process.console_size->height);
    size.ws_col = static_cast<unsigned short>(child.process.console_size->width);
  } else {
    size.ws_row = static_cast<unsigned short>(child.options.console_rows);
    size.ws_col = static_cast<unsigned short>(child.options.console_columns);
  }
  return size;
}

void put_at(int fd, int number) {
  if (fd == number) {
    check(::fcntl(fd, F_SETFD, 0), "keep fd {}", fd);
  } else {
    check(::dup2(fd, number), "make fd {} fd {}", fd, number);
  }
}

}  // namespace

Terminal open_terminal(const Child& child, const Root& root) {
  const Fd dev = open_no_links(root.fd(), "dev", O_PATH | O_DIRECTORY);
  Terminal terminal;
  terminal.master = open_no_links(dev, "pts/ptmx", O_RDWR | O_NOCTTY);
  check_on_devpts(terminal.master);
  check_device(terminal.master, 5, 2, "/dev/pts/ptmx");
  const int unlock = 0;
  check(::ioctl(terminal.master.get(), TIOCSPTLCK, &unlock), "unlock the terminal");
  terminal.peer =
      Fd(check(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
               "open the terminal"));
  const winsize size = wanted_size(child);
  if (size.ws_row != 0 || size.ws_col != 0) {
    check(::ioctl(terminal.master.get(), TIOCSWINSZ, &size), "set the terminal's size");
  }
  return terminal;
}

void mount_console(const Root& root, const Fd& peer) {
  const Fd dev = open_no_links(root.fd(), "dev", O_PATH | O_DIRECTORY);
  // A console that is there already is the image's, or comes from a bind mounted /dev.
  int file =
      ::openat(dev.get(), "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) {
    file = open_no_links(dev, "console", O_PATH | O_NOFOLLOW).release();
    struct stat status {};
    check(::fstat(file, &status), "stat /dev/console");
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
      fail(Kind::forbidden, "/dev/console in the container is not a file");
    }
  }
  const Fd target(check(file, "create /dev/console"));
  const Fd tree(
      check(::open_tree(peer.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH),
            "clone the terminal's mount"));
  attach(tree, target);
}

void use_terminal(const Fd& peer) {
  check(::ioctl(peer.get(), TIOCSCTTY, 0), "set the controlling terminal");
  use_stdio({peer.get(), peer.get(), peer.get()});
}

void use_stdio(const std::array<int, 3>& stdio) {
  // Sources among 0..2 must not be overwritten before they are used.
  std::array<Fd, 3> sources;
  for (std::size_t i = 0; i < stdio.size(); ++i) {
    sources.at(i) =
        Fd(check(::fcntl(stdio.at(i), F_DUPFD_CLOEXEC, 3), "duplicate fd {}", stdio.at(i)));
  }
  for (int i = 0; i < 3; ++i) put_at(sources.at(static_cast<std::size_t>(i)).get(), i);
}

void give_stdio_to(uid_t uid) {
  for (int fd = 0; fd < 3; ++fd) {
    struct stat status {};
    check(::fstat(fd, &status), "stat fd {}", fd);
    if (status.st_uid == uid) continue;
    if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) continue;
    if (::fchown(fd, uid, static_cast<gid_t>(-1)) == 0) continue;
    // What the user may not own (a read-only place, an unmapped id) it goes on with as it is.
    if (errno != EINVAL && errno != EPERM && errno != EROFS) fail_errno("chown fd {}", fd);
  }
}

}  // namespace mydock::runtime::init
