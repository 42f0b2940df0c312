#include "daemon/pid_file.h"

#include <unistd.h>

#include <charconv>

#include "base/error.h"
#include "base/file.h"

namespace mydock::daemon {

namespace {

// A number left by a crash may be another program's by now.
bool is_daemon(long pid) {
  const auto name = find_file(fmt::format("/proc/{}/comm", pid), 4096);
  return name && *name == "mydockd\n";
}

}  // namespace

PidFile::PidFile(fs::path path) : path_(std::move(path)) {
  if (const auto text = find_file(path_, 64)) {
    long pid = 0;
    std::from_chars(text->data(), text->data() + text->size(), pid);
    if (pid > 0 && pid != ::getpid() && is_daemon(pid)) {
      fail(Kind::conflict,
           "process with PID {} is still running: pid file found, ensure mydockd is not running or "
           "delete {}",
           pid, path_.native());
    }
  }
  make_directories(path_.parent_path(), 0755);
  write_file_atomically(path_, fmt::format("{}", ::getpid()), 0644, Durability::renamed);
}

PidFile::~PidFile() { ::unlink(path_.c_str()); }

}  // namespace mydock::daemon
