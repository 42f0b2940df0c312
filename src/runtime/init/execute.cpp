#include "runtime/init/execute.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstring>

#include "base/error.h"
#include "runtime/init/kernel_files.h"

namespace mydock::runtime::init {
namespace {

// 0, or the errno that says why this cannot be executed.
int find_obstacle(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) < 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) < 0) return errno;
  return (status.st_mode & 0111U) != 0 ? 0 : EACCES;
}

[[noreturn]] void fail_exec(const std::string& name, int obstacle) {
  if (obstacle == EISDIR) {
    throw Error(Kind::system, fmt::format("exec: \"{}\": is a directory", name), EACCES);
  }
  if (obstacle == EACCES) {
    throw Error(Kind::system, fmt::format("exec: \"{}\": permission denied", name), EACCES);
  }
  throw Error(Kind::system, fmt::format("exec: \"{}\": stat {}: {}", name, name, reason(obstacle)),
              obstacle);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::string reason(int error_number) {
  std::string text = std::strerror(error_number);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

void fail_cwd(const std::string& cwd, int error_number) {
  throw Error(
      Kind::system,
      fmt::format("chdir to cwd (\"{}\") set in config.json failed: {}", cwd, reason(error_number)),
      error_number);
}

void make_cwd(const oci::Process& process, const Root& root) {
  if (find_in_root(root.fd(), process.cwd, O_PATH)) return;
  in_context("make the working directory", [&] { root.make_directories(process.cwd); });
}

bool enter_cwd(const oci::Process& process, const Root& root) {
  const std::optional<Fd> directory = find_in_root(root.fd(), process.cwd, O_PATH);
  if (!directory) fail_cwd(process.cwd, ENOENT);
  if (::fchdir(directory->get()) < 0) {
    if (errno == EACCES || errno == EPERM) return false;
    fail_cwd(process.cwd, errno);
  }
  check_cwd_inside();
  return true;
}

void check_cwd_inside() {
  // glibc's getcwd would hide it: the kernel writes "(unreachable)" before a path that does not
  // start at this process's root. See CVE-2024-21626.
  std::array<char, PATH_MAX> path{};
  check(::syscall(SYS_getcwd, path.data(), path.size()), "find the working directory");
  if (path[0] != '/') {
    fail(Kind::forbidden, "the working directory lies outside the container's root");
  }
}

const char* find_env(const std::vector<std::string>& env, std::string_view name) {
  for (auto entry = env.rbegin(); entry != env.rend(); ++entry) {
    if (entry->starts_with(name) && entry->size() > name.size() && (*entry)[name.size()] == '=') {
      return entry->c_str() + name.size() + 1;
    }
  }
  return nullptr;
}

std::string find_executable(const oci::Process& process) {
  if (process.args.empty()) fail(Kind::invalid, "process.args is empty");
  const std::string& name = process.args[0];
  if (name.find('/') != std::string::npos) {
    if (const int obstacle = find_obstacle(name); obstacle != 0) fail_exec(name, obstacle);
    return name;
  }
  const char* path_env = find_env(process.env, "PATH");
  std::string_view path = path_env == nullptr ? "" : path_env;
  while (!name.empty() && !path.empty()) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    const std::string directory = colon == 0 ? "." : std::string(path.substr(0, colon));
    const std::string candidate = directory + "/" + name;
    if (find_obstacle(candidate) == 0) return candidate;
    path.remove_prefix(std::min(colon + 1, path.size()));
  }
  throw Error(Kind::system, fmt::format("exec: \"{}\": executable file not found in $PATH", name),
              ENOENT);
}

int execute(const std::string& path, const oci::Process& process) noexcept {
  const std::vector<char*> argv = pointers(process.args);
  const std::vector<char*> envp = pointers(process.env);
  ::execve(path.c_str(), argv.data(), envp.data());
  return errno;
}

}  // namespace mydock::runtime::init
