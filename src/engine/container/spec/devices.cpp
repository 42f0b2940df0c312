#include "engine/container/spec/devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"

namespace mydock::engine {

namespace {

oci::DeviceRule rule(bool allow, std::string type, std::optional<std::int64_t> major_number,
                     std::optional<std::int64_t> minor_number, std::string access) {
  return {.allow = allow,
          .type = std::move(type),
          .major = major_number,
          .minor = minor_number,
          .access = std::move(access)};
}

// What every container may use (null, zero, …, mknod of any device) each OCI runtime adds itself. A
// rule for one device that follows such a wildcard is refused by runc on cgroup v1.
std::vector<oci::DeviceRule> default_rules() { return {rule(false, "a", {}, {}, "rwm")}; }

std::optional<oci::Device> find_device(const fs::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) < 0) return std::nullopt;
  if (!S_ISCHR(found.st_mode) && !S_ISBLK(found.st_mode)) return std::nullopt;
  return oci::Device{.path = path,
                     .type = S_ISCHR(found.st_mode) ? "c" : "b",
                     .major = static_cast<std::int64_t>(major(found.st_rdev)),
                     .minor = static_cast<std::int64_t>(minor(found.st_rdev)),
                     .file_mode = found.st_mode & 07777U,
                     .uid = found.st_uid,
                     .gid = found.st_gid};
}

// All device nodes below a directory, at the same places below `target`.
std::vector<oci::Device> devices_below(const fs::path& directory, const fs::path& target) {
  std::vector<oci::Device> list;
  std::error_code ignored;  // what disappears meanwhile is left out
  auto entry = fs::recursive_directory_iterator(directory, ignored);
  for (; !ignored && entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
    const fs::path relative = entry->path().lexically_relative(directory);
    const std::string first = relative.begin()->string();
    // The container has its own of these.
    if (directory == "/dev" && (first == "pts" || first == "shm" || first == "mqueue" ||
                                first == "fd" || first == "console")) {
      if (entry->is_directory(ignored)) entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_symlink(ignored)) continue;
    auto device = find_device(entry->path());
    if (!device) continue;
    device->path = target / relative;
    list.push_back(std::move(*device));
  }
  return list;
}

void add_device(Devices& devices, oci::Device device, const std::string& access) {
  devices.rules.push_back(rule(true, device.type, device.major, device.minor, access));
  const auto same = std::find_if(devices.nodes.begin(), devices.nodes.end(),
                                 [&](const oci::Device& d) { return d.path == device.path; });
  if (same == devices.nodes.end()) {
    devices.nodes.push_back(std::move(device));
  } else {
    *same = std::move(device);
  }
}

void add_mapping(Devices& devices, const api::DeviceMapping& mapping) {
  const std::string target =
      mapping.path_in_container.empty() ? mapping.path_on_host : mapping.path_in_container;
  const std::string access =
      mapping.cgroup_permissions.empty() ? "rwm" : mapping.cgroup_permissions;
  std::error_code error;
  const fs::path source = fs::canonical(mapping.path_on_host, error);
  if (error) {
    throw_errno(error.value(),
                fmt::format("error gathering device information while adding custom device \"{}\"",
                            mapping.path_on_host));
  }
  if (auto device = find_device(source)) {
    device->path = target;
    add_device(devices, std::move(*device), access);
    return;
  }
  std::vector<oci::Device> below;
  if (fs::is_directory(source, error)) below = devices_below(source, target);
  if (below.empty()) {
    fail(Kind::system,
         "error gathering device information while adding custom device \"{}\": not a device node",
         mapping.path_on_host);
  }
  for (oci::Device& device : below) add_device(devices, std::move(device), access);
}

std::optional<std::int64_t> parse_device_number(std::string_view text, std::string_view rule_text) {
  if (text == "*") return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) {
    fail(Kind::invalid, "invalid device cgroup rule format: '{}'", rule_text);
  }
  return number;
}

}  // namespace

oci::DeviceRule parse_device_rule(std::string_view text) {
  const auto refuse = [&] { fail(Kind::invalid, "invalid device cgroup rule format: '{}'", text); };
  const std::size_t first = text.find(' ');
  const std::size_t last = text.rfind(' ');
  const std::size_t colon = text.find(':');
  if (first != 1 || last == first || colon == std::string_view::npos || colon < first ||
      colon > last) {
    refuse();
  }
  const std::string_view type = text.substr(0, 1);
  const std::string_view access = text.substr(last + 1);
  const bool type_known = type == "a" || type == "b" || type == "c";
  const bool access_known = !access.empty() && access.size() <= 3 &&
                            access.find_first_not_of("rwm") == std::string_view::npos;
  if (!type_known || !access_known) refuse();
  return rule(
      true, std::string(type), parse_device_number(text.substr(first + 1, colon - first - 1), text),
      parse_device_number(text.substr(colon + 1, last - colon - 1), text), std::string(access));
}

Devices container_devices(const api::HostConfig& host) {
  Devices devices;
  if (host.privileged) {
    devices.nodes = devices_below("/dev", "/dev");
    devices.rules = {rule(true, "a", {}, {}, "rwm")};
    return devices;
  }
  devices.rules = default_rules();
  if (host.resources.devices) {
    for (const api::DeviceMapping& mapping : *host.resources.devices) {
      add_mapping(devices, mapping);
    }
  }
  if (host.resources.device_cgroup_rules) {
    for (const std::string& text : *host.resources.device_cgroup_rules) {
      devices.rules.push_back(parse_device_rule(text));
    }
  }
  return devices;
}

}  // namespace mydock::engine
