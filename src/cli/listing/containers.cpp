#include "cli/listing/containers.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "api/units.h"
#include "base/id.h"
#include "cli/format/unicode.h"
#include "cli/format/units.h"

namespace mydock::cli {

namespace {

struct Group {
  unsigned first = 0;
  unsigned last = 0;
};

std::string host_port(const std::string& ip, const std::string& port) {
  return ip.find(':') == std::string::npos ? ip + ":" + port : "[" + ip + "]:" + port;
}

// `key` is "tcp", or "ADDRESS/tcp" for published ones.
std::string group_text(const std::string& key, const Group& group) {
  std::string range = std::to_string(group.first);
  if (group.first != group.last) range += fmt::format("-{}", group.last);
  const std::size_t slash = key.rfind('/');
  if (slash == std::string::npos) return range + "/" + key;
  return fmt::format("{}->{}/{}", host_port(key.substr(0, slash), range), range,
                     key.substr(slash + 1));
}

std::string names_of(const api::ContainerSummary& container, bool truncate) {
  std::string out;
  for (const std::string& name : container.names) {
    const std::string bare = name.starts_with('/') ? name.substr(1) : name;
    const bool own = bare.find('/') == std::string::npos;
    if (truncate && own) return bare;
    out += (out.empty() ? "" : ",") + bare;
  }
  return out;
}

std::string image_of(const api::ContainerSummary& container, bool truncate) {
  if (container.image.empty()) return "<no image>";
  if (!truncate) return container.image;
  if (container.image == container.image_id) return short_id(container.image_id);
  const std::size_t digest = container.image.find("@sha256:");
  return container.image.substr(0, digest);
}

std::string mounts_of(const api::ContainerSummary& container, bool truncate) {
  std::string out;
  for (const api::MountPoint& mount : container.mounts) {
    const std::string& name = mount.name.empty() ? mount.source : mount.name;
    out += (out.empty() ? "" : ",") + (truncate ? ellipsis(name, 15) : name);
  }
  return out;
}

std::string size_of(const api::ContainerSummary& container) {
  const auto writable = static_cast<double>(container.size_rw.value_or(0));
  std::string size = api::human_size_short(writable);
  const std::int64_t whole = container.size_root_fs.value_or(0);
  if (whole > 0)
    size += fmt::format(" (virtual {})", api::human_size_short(static_cast<double>(whole)));
  return size;
}

std::string networks_of(const api::ContainerSummary& container) {
  std::string out;
  for (const auto& [name, endpoint] : container.network_settings.networks) {
    out += (out.empty() ? "" : ",") + name;
  }
  return out;
}

}  // namespace

std::string display_ports(std::vector<api::PortSummary> ports) {
  std::sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) {
    return std::tie(a.private_port, a.ip, a.public_port, a.type) <
           std::tie(b.private_port, b.ip, b.public_port, b.type);
  });
  std::vector<std::string> parts;
  std::vector<std::string> mapped;
  std::vector<std::string> keys;  // in the order in which they came
  std::map<std::string, Group> groups;
  for (const api::PortSummary& port : ports) {
    if (!port.ip.empty() && port.public_port != port.private_port) {
      mapped.push_back(fmt::format("{}->{}/{}",
                                   host_port(port.ip, std::to_string(port.public_port)),
                                   port.private_port, port.type));
      continue;
    }
    const std::string key = port.ip.empty() ? port.type : port.ip + "/" + port.type;
    const auto [found, is_new] =
        groups.try_emplace(key, Group{port.private_port, port.private_port});
    Group& group = found->second;
    if (is_new) {
      keys.push_back(key);
    } else if (port.private_port == group.last + 1) {
      group.last = port.private_port;
    } else {
      parts.push_back(group_text(key, group));
      group = {port.private_port, port.private_port};
    }
  }
  for (const std::string& key : keys) parts.push_back(group_text(key, groups[key]));
  parts.insert(parts.end(), mapped.begin(), mapped.end());
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

Listing container_listing(bool with_size) {
  Listing listing;
  listing.row_type = "*formatter.ContainerContext";
  listing.default_table =
      "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
  if (with_size) listing.default_table += "\t{{.Size}}";
  listing.quiet = "{{.ID}}";
  listing.has_labels = true;
  listing.parse_problem = "failed to parse template";
  listing.execute_problem = "failed to execute template";
  listing.headers = {{"ID", "CONTAINER ID"},
                     {"Names", "NAMES"},
                     {"Image", "IMAGE"},
                     {"Command", "COMMAND"},
                     {"CreatedAt", "CREATED AT"},
                     {"RunningFor", "CREATED"},
                     {"Ports", "PORTS"},
                     {"State", "STATE"},
                     {"Status", "STATUS"},
                     {"Size", "SIZE"},
                     {"Labels", "LABELS"},
                     {"Mounts", "MOUNTS"},
                     {"LocalVolumes", "LOCAL VOLUMES"},
                     {"Networks", "NETWORKS"},
                     {"Platform", "PLATFORM"}};
  return listing;
}

Value container_row(const api::ContainerSummary& c, bool truncate) {
  const auto age = now() - Time(std::chrono::seconds(c.created));
  const auto volumes = std::count_if(c.mounts.begin(), c.mounts.end(),
                                     [](const auto& mount) { return mount.driver == "local"; });
  const std::string command = truncate ? ellipsis(c.command, 20) : c.command;
  return Value::map({{"Command", go_quote(command)},
                     {"CreatedAt", go_time_text(c.created)},
                     {"ID", truncate ? short_id(c.id) : c.id},
                     {"Image", image_of(c, truncate)},
                     {"Labels", join_labels(c.labels)},
                     {"LocalVolumes", std::to_string(volumes)},
                     {"Mounts", mounts_of(c, truncate)},
                     {"Names", names_of(c, truncate)},
                     {"Networks", networks_of(c)},
                     {"Platform", Value::nil("<nil>")},
                     {"Ports", display_ports(c.ports)},
                     {"RunningFor", human_duration(age) + " ago"},
                     {"Size", size_of(c)},
                     {"State", c.state},
                     {"Status", c.status},
                     label_lookup(c.labels)});
}

}  // namespace mydock::cli
