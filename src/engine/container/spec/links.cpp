#include "engine/container/spec/links.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr const char* kBridge = "bridge";

bool on_default_bridge(const api::HostConfig& host) {
  return host.network_mode == "default" || host.network_mode == kBridge;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::pair<std::string, std::string> split_link(std::string_view text) {
  const std::size_t colon = text.find(':');
  std::string_view name = text.substr(0, colon);
  std::string_view alias = colon == std::string_view::npos ? name : text.substr(colon + 1);
  if (text.empty()) fail(Kind::invalid, "empty string specified for links");
  if (name.empty() || alias.empty() || alias.find(':') != std::string_view::npos) {
    fail(Kind::invalid, "bad format for links: {}", text);
  }
  if (name.starts_with('/')) name.remove_prefix(1);
  return {std::string(name), std::string(last_part(alias))};
}

RecordPtr child_of(const Parts& parts, const std::string& name) {
  auto child = parts.table.find(name);
  if (!child) fail(Kind::invalid, "could not get container for {0}: No such container: {0}", name);
  RecordPtr record = child->record();
  while (true) {
    const std::string_view joined = joined_container(record->host_config().network_mode);
    const auto next = joined.empty() ? nullptr : parts.table.find(joined);
    if (!next) return record;
    record = next->record();
  }
}

struct Link {
  RecordPtr child;
  std::string alias;
  std::string address;  // of the child
};

// A child that was removed is no link any more.
std::vector<Link> links_of(const Parts& parts, const Record& record) {
  std::vector<Link> links;
  if (!on_default_bridge(record.host_config())) return links;
  for (const std::string& text : record.host_config().links.value_or(api::Strings{})) {
    const auto [id, alias] = split_link(text);
    if (const auto child = parts.table.find(id)) links.push_back({child->record(), alias, {}});
  }
  return links;
}

// False: it has no address now.
bool take_address(Link& link) {
  const auto endpoint = link.child->status.endpoints.find(kBridge);
  if (endpoint == link.child->status.endpoints.end()) return false;
  link.address = endpoint->second.ip_address;
  return is_running(link.child->status.state) && !link.address.empty();
}

std::vector<Link> running_links(const Parts& parts, const Record& record) {
  std::vector<Link> links = links_of(parts, record);
  for (Link& link : links) {
    if (take_address(link)) continue;
    if (!is_running(link.child->status.state)) {
      fail(Kind::system, "Cannot link to a non running container: /{} AS /{}/{}", link.child->name,
           record.name, link.alias);
    }
    fail(Kind::system, "container {} not attached to default bridge network", link.child->id());
  }
  return links;
}

struct Port {
  int number = 0;
  std::string protocol;
};

std::vector<Port> ports_of(const api::ContainerConfig& config) {
  std::vector<Port> ports;
  for (const auto& [text, none] : config.exposed_ports) {
    Port port;
    const std::size_t slash = std::min(text.find('/'), text.size());
    std::from_chars(text.data(), text.data() + slash, port.number);
    port.protocol = slash == text.size() ? "tcp" : text.substr(slash + 1);
    ports.push_back(std::move(port));
  }
  // TCP first, where a number has both.
  std::ranges::sort(
      ports, {}, [](const Port& port) { return std::pair(port.number, port.protocol != "tcp"); });
  return ports;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void add_port(std::vector<std::string>& env, const Link& link, const std::string& prefix,
              const Port& port) {
  const std::string name = fmt::format("{}_PORT_{}_{}", prefix, port.number, upper(port.protocol));
  env.push_back(fmt::format("{}={}://{}:{}", name, port.protocol, link.address, port.number));
  env.push_back(fmt::format("{}_ADDR={}", name, link.address));
  env.push_back(fmt::format("{}_PORT={}", name, port.number));
  env.push_back(fmt::format("{}_PROTO={}", name, port.protocol));
}

// Three and more in a row are told as one range too.
void add_range(std::vector<std::string>& env, const Link& link, const std::string& prefix,
               const Port& first, const Port& last) {
  const std::string name =
      fmt::format("{}_PORT_{}_{}", prefix, first.number, upper(first.protocol));
  const auto url = [&](const Port& port) {
    return fmt::format("{}://{}:{}", port.protocol, link.address, port.number);
  };
  env.push_back(fmt::format("{}_START={}", name, url(first)));
  env.push_back(fmt::format("{}_ADDR={}", name, link.address));
  env.push_back(fmt::format("{}_PROTO={}", name, first.protocol));
  env.push_back(fmt::format("{}_PORT_START={}", name, first.number));
  env.push_back(fmt::format("{}_END={}", name, url(last)));
  env.push_back(fmt::format("{}_PORT_END={}", name, last.number));
}

std::size_t last_in_row(const std::vector<Port>& ports, std::size_t first) {
  std::size_t last = first;
  while (last + 1 < ports.size() && ports[last + 1].number == ports[last].number + 1 &&
         ports[last + 1].protocol == ports[first].protocol) {
    ++last;
  }
  return last;
}

void add_ports(std::vector<std::string>& env, const Link& link, const std::string& prefix) {
  const std::vector<Port> ports = ports_of(link.child->config());
  if (ports.empty()) return;
  env.push_back(fmt::format("{}_PORT={}://{}:{}", prefix, ports.front().protocol, link.address,
                            ports.front().number));
  for (std::size_t i = 0; i < ports.size();) {
    const std::size_t last = last_in_row(ports, i);
    if (last > i + 1) add_range(env, link, prefix, ports[i], ports[last]);
    i = last + 1;
  }
  for (const Port& port : ports) add_port(env, link, prefix, port);
}

std::vector<std::string> environment_of(const std::vector<Link>& links, const Record& record) {
  std::vector<std::string> env;
  for (const Link& link : links) {
    std::string prefix = upper(link.alias);
    std::ranges::replace(prefix, '-', '_');
    add_ports(env, link, prefix);
    env.push_back(fmt::format("{}_NAME=/{}/{}", prefix, record.name, link.alias));
    for (const std::string& one : link.child->config().env.value_or(api::Strings{})) {
      if (one.find('=') == std::string::npos) continue;
      if (one.starts_with("HOME=") || one.starts_with("PATH=")) continue;
      env.push_back(fmt::format("{}_ENV_{}", prefix, one));
    }
  }
  return env;
}

}  // namespace

void resolve_links(const Parts& parts, api::HostConfig& host) {
  if (!host.links || host.links->empty()) return;
  if (host.network_mode == "host") {
    fail(Kind::invalid,
         "conflicting options: host type networking can't be used with links. This would result in "
         "undefined behavior");
  }
  if (!on_default_bridge(host)) return;
  for (std::string& link : *host.links) {
    const auto [name, alias] = split_link(link);
    const RecordPtr child = child_of(parts, name);
    if (child->host_config().network_mode == "host") {
      fail(Kind::invalid,
           "conflicting options: host type networking can't be used with links. This would result "
           "in undefined behavior");
    }
    link = child->id() + ":" + alias;
  }
}

std::optional<api::Strings> shown_links(const Parts& parts, const Record& record) {
  if (!on_default_bridge(record.host_config())) return record.host_config().links;
  api::Strings shown;
  for (const Link& link : links_of(parts, record)) {
    shown.push_back(fmt::format("/{}:/{}/{}", link.child->name, record.name, link.alias));
  }
  std::ranges::sort(shown);
  return shown.empty() ? std::nullopt : std::optional(shown);
}

std::vector<std::string> link_environment(const Parts& parts, const Record& record) {
  return environment_of(running_links(parts, record), record);
}

std::vector<std::string> exec_link_environment(const Parts& parts, const Record& record) {
  std::vector<Link> links = links_of(parts, record);
  std::erase_if(links, [](Link& link) { return !take_address(link); });
  return environment_of(links, record);
}

std::vector<std::pair<std::string, std::string>> link_hosts(const Parts& parts,
                                                            const Record& record) {
  std::vector<std::pair<std::string, std::string>> hosts;
  for (Link& link : links_of(parts, record)) {
    if (!take_address(link)) continue;
    std::string names = link.alias + " " + link.child->config().hostname;
    if (link.alias != link.child->name) names += " " + link.child->name;
    hosts.emplace_back(link.address, std::move(names));
  }
  return hosts;
}

bool has_link_to(const Record& record, const std::string& id) {
  const api::Strings links = record.host_config().links.value_or(api::Strings{});
  return on_default_bridge(record.host_config()) &&
         std::ranges::any_of(links, [&](const auto& link) { return link.starts_with(id + ":"); });
}

void remove_link(Parts& parts, std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) {
    fail(Kind::invalid, "Conflict, cannot remove the default link name of the container");
  }
  const auto parent = parts.table.find(name.substr(0, slash));
  const std::string suffix = fmt::format(":{}", name.substr(slash + 1));
  if (!parent)
    fail(Kind::not_found, "Cannot get parent {} for link name {}", name.substr(0, slash), name);
  const RecordPtr after = parent->change([&](Record& record, Live&) {
    auto changed = std::make_shared<Definition>(*record.definition);
    auto& links = changed->host_config.links;
    const auto has_alias = [&](const std::string& link) { return link.ends_with(suffix); };
    if (!links || std::erase_if(*links, has_alias) == 0) {
      fail(Kind::not_found, "No such container: {}", name);
    }
    record.definition = std::move(changed);
  });
  parts.store.save(*after);
}

}  // namespace mydock::engine
