#include "cli/create/ports.h"

#include <charconv>
#include <optional>

#include "base/error.h"
#include "cli/create/values.h"
#include "cli/format/value.h"

namespace mydock::cli {

namespace {

struct PortRange {
  unsigned first = 0;
  unsigned last = 0;
};

std::optional<unsigned> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port > 65535) return std::nullopt;
  return port;
}

std::optional<PortRange> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

struct PortSpec {
  std::string ip, host, container, protocol;
};

PortSpec split_spec(std::string_view text) {
  PortSpec spec;
  const std::size_t last = text.rfind(':');
  std::string_view container = last == std::string_view::npos ? text : text.substr(last + 1);
  if (last != std::string_view::npos) {
    const std::string_view before = text.substr(0, last);
    const std::size_t middle = before.rfind(':');
    spec.host = middle == std::string_view::npos ? before : before.substr(middle + 1);
    if (middle != std::string_view::npos) spec.ip = before.substr(0, middle);
  }
  const std::size_t slash = container.find('/');
  spec.container = container.substr(0, slash);
  spec.protocol =
      slash == std::string_view::npos ? "tcp" : lower(std::string(container.substr(slash + 1)));
  if (spec.protocol.empty()) spec.protocol = "tcp";
  if (spec.ip.size() > 1 && spec.ip.front() == '[' && spec.ip.back() == ']') {
    spec.ip = spec.ip.substr(1, spec.ip.size() - 2);
  }
  return spec;
}

// docker's long syntax, as swarm's.
std::string standard_notation(std::string_view text) {
  if (text.find('=') == std::string_view::npos) return std::string(text);
  api::StringMap parts{{"protocol", "tcp"}};
  for (const std::string& field : split_csv(text)) {
    const auto [key, value] = split_pair(field);
    if (field.find('=') == std::string::npos || key.empty()) {
      fail(Kind::invalid, "invalid publish opts format (should be name=value but got '{}')", field);
    }
    parts[key] = value;
  }
  return fmt::format("{}:{}/{}", parts["published"], parts["target"], parts["protocol"]);
}

void check_spec(std::string_view text, const PortSpec& spec) {
  if (!spec.ip.empty() && !is_ip_address(spec.ip)) {
    fail(Kind::invalid, "invalid IP address: {}", spec.ip);
  }
  if (spec.container.empty()) fail(Kind::invalid, "no port specified: {}<empty>", text);
}

}  // namespace

void add_published(std::string_view text, api::StringSet& exposed, api::PortMap& bindings) {
  const PortSpec spec = split_spec(standard_notation(text));
  check_spec(text, spec);
  const auto container = parse_range(spec.container);
  if (!container) fail(Kind::invalid, "invalid containerPort: {}", spec.container);
  const auto host = spec.host.empty() ? std::optional(PortRange{}) : parse_range(spec.host);
  if (!host) fail(Kind::invalid, "invalid hostPort: {}", spec.host);
  const unsigned count = container->last - container->first;
  const unsigned host_count = host->last - host->first;
  if (!spec.host.empty() && count != host_count && count != 0) {
    fail(Kind::invalid, "invalid ranges specified for container and host Ports: {} and {}",
         spec.container, spec.host);
  }
  if (spec.protocol != "tcp" && spec.protocol != "udp" && spec.protocol != "sctp") {
    fail(Kind::invalid, "invalid proto: {}", spec.protocol);
  }
  for (unsigned i = 0; i <= count; ++i) {
    api::PortBinding binding{.host_ip = spec.ip, .host_port = {}};
    if (!spec.host.empty()) binding.host_port = std::to_string(host->first + i);
    // One container port over a host range: the daemon takes a free one of it.
    if (count == 0 && host_count > 0) binding.host_port += fmt::format("-{}", host->last);
    const std::string port = fmt::format("{}/{}", container->first + i, spec.protocol);
    exposed[port];
    auto& list = bindings[port];
    if (!list) list.emplace();
    list->push_back(std::move(binding));
  }
}

void add_exposed(std::string_view text, api::StringSet& exposed) {
  if (text.find(':') != std::string_view::npos) {
    fail(Kind::invalid, "invalid port format for --expose: {}", text);
  }
  const PortSpec spec = split_spec(text);
  const auto range = parse_range(spec.container);
  if (!range) {
    fail(Kind::invalid,
         "invalid range format for --expose: {}, error: strconv.ParseUint: parsing {}: invalid "
         "syntax",
         text, go_quote(spec.container));
  }
  for (unsigned port = range->first; port <= range->last; ++port) {
    exposed[fmt::format("{}/{}", port, spec.protocol)];
  }
}

}  // namespace mydock::cli
