#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "base/error.h"
#include "runtime/cgroup/group.h"

namespace mydock::runtime::cgroup {

namespace {

// Files of cgroupfs that we read are small, but for cgroup.procs of a fork bomb.
std::string read_rest(const Fd& file) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

void write_value(const Cgroup::Group& group, std::string_view file, std::string_view value) {
  const Fd out(::openat(group.directory.get(), std::string(file).c_str(), O_WRONLY | O_CLOEXEC));
  if (!out) fail_errno("open {}/{}", group.path.native(), file);
  const ssize_t n = ::write(out.get(), value.data(), value.size());
  check(n, "write {} to {}/{}", value, group.path.native(), file);
}

void write_value(const Cgroup::Group& group, std::string_view file, std::int64_t value) {
  write_value(group, file, std::to_string(value));
}

bool has_file(const Cgroup::Group& group, std::string_view file) {
  return ::faccessat(group.directory.get(), std::string(file).c_str(), F_OK, 0) == 0;
}

std::optional<std::string> find_value(const Fd& directory, std::string_view file) {
  const Fd in(::openat(directory.get(), std::string(file).c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) return std::nullopt;
  std::string text = read_rest(in);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::optional<std::int64_t> find_number(const Fd& directory, std::string_view file) {
  const auto text = find_value(directory, file);
  if (!text) return std::nullopt;
  std::int64_t value = -1;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::optional<std::uint64_t> find_keyed(const Fd& directory, std::string_view file,
                                        std::string_view key) {
  const auto text = find_value(directory, file);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ' ') continue;
    std::uint64_t value = 0;
    std::from_chars(line.data() + key.size() + 1, line.data() + line.size(), value);
    return value;
  }
  return std::nullopt;
}

}  // namespace mydock::runtime::cgroup
