#include "engine/system/host.h"

#include <sys/utsname.h>

#include "base/error.h"
#include "base/file.h"

namespace mydock::engine {

std::string os_release_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.starts_with(key) || line.substr(key.size(), 1) != "=") continue;
    line.remove_prefix(key.size() + 1);
    const bool quoted = line.size() >= 2 && (line.front() == '"' || line.front() == '\'') &&
                        line.back() == line.front();
    return std::string(quoted ? line.substr(1, line.size() - 2) : line);
  }
  return {};
}

HostText HostText::read() {
  HostText host;
  utsname names{};
  check(::uname(&names), "read the kernel's version");
  host.kernel = names.release;
  host.machine = names.machine;
  host.name = names.nodename;
  const std::string release = find_file("/etc/os-release").value_or(std::string());
  host.os_name = os_release_value(release, "PRETTY_NAME");
  host.os_version = os_release_value(release, "VERSION_ID");
  return host;
}

std::string HostText::go_arch() const {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return machine;
}

std::int64_t count_entries(const fs::path& directory) {
  std::int64_t count = 0;
  std::error_code none;  // not there: none
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    if (!entry.path().empty()) ++count;
  }
  return count;
}

}  // namespace mydock::engine
