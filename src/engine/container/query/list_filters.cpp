#include <algorithm>
#include <charconv>

#include "api/name_pattern.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/container/query/list.h"
#include "engine/container/query/view.h"
#include "engine/health/health_check.h"

namespace mydock::engine {

namespace {

bool any_value(const api::Filters& filters, std::string_view key,
               const std::function<bool(const std::string&)>& fits) {
  if (!filters.contains(key)) return true;
  const auto& values = filters.values(key);
  return std::any_of(values.begin(), values.end(), fits);
}

// With and without the slash, so that "^/web$" and "^web$" both fit.
bool name_fits(const std::string& name, const std::string& pattern) {
  return api::name_matches(pattern, name) || api::name_matches(pattern, "/" + name);
}

int exit_code_of(const std::string& text) {
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(Kind::invalid, "strconv.Atoi: parsing {}: invalid syntax", json_quote(text));
  }
  return code;
}

bool exited_fits(const Record& record, const std::string& text) {
  const int code = exit_code_of(text);
  const Status& status = record.status;
  return !is_running(status.state) && status.started != Time{} && status.exit_code == code;
}

bool network_fits(const Record& record, const std::string& text) {
  return std::any_of(
      record.status.endpoints.begin(), record.status.endpoints.end(), [&](const auto& entry) {
        const auto& [name, settings] = entry;
        return name == text || (!text.empty() && settings.network_id.starts_with(text));
      });
}

bool volume_fits(const Record& record, const std::string& text) {
  const auto& mounts = record.definition->mounts;
  return std::any_of(mounts.begin(), mounts.end(), [&](const ContainerMount& m) {
    return m.name == text || m.target == text || (m.type == "bind" && m.source == text);
  });
}

// "80", "80/udp", "8000-8010/tcp".
struct PortPattern {
  std::vector<std::uint16_t> ports;
  std::string type;
};

PortPattern port_pattern(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string_view range = std::string_view(text).substr(0, slash);
  PortPattern pattern{.ports = parse_port_range(range),
                      .type = slash == std::string::npos ? "tcp" : text.substr(slash + 1)};
  const bool known = pattern.type == "tcp" || pattern.type == "udp" || pattern.type == "sctp";
  if (text.find(':') != std::string::npos) {
    fail(Kind::invalid, "filter for 'publish' should not contain ':': {}", text);
  }
  if (pattern.ports.empty()) {
    fail(Kind::invalid, "invalid port range specification: '{}'", range);
  }
  if (!known) fail(Kind::invalid, "invalid proto: {}", pattern.type);
  return pattern;
}

bool includes(const PortPattern& pattern, std::string_view port, std::string_view type) {
  const auto number = parse_port_range(port);
  return type == pattern.type && !number.empty() &&
         std::find(pattern.ports.begin(), pattern.ports.end(), number.front()) !=
             pattern.ports.end();
}

bool exposes(const Record& record, const std::string& text) {
  const PortPattern pattern = port_pattern(text);
  const auto fits = [&](const auto& entry) {
    const std::size_t slash = entry.first.find('/');
    return includes(pattern, entry.first.substr(0, slash), entry.first.substr(slash + 1));
  };
  // Those of ps: of one that does not run there are none.
  const api::PortMap ports = shown_ports(record);
  return std::any_of(ports.begin(), ports.end(), fits);
}

bool publishes(const Record& record, const std::string& text) {
  const PortPattern pattern = port_pattern(text);
  const api::PortMap& ports = record.status.ports;
  return std::any_of(ports.begin(), ports.end(), [&](const auto& entry) {
    const auto& [port, bindings] = entry;
    const std::string type = port.substr(port.find('/') + 1);
    return bindings && std::any_of(bindings->begin(), bindings->end(), [&](const auto& binding) {
             return includes(pattern, binding.host_port, type);
           });
  });
}

bool health_fits(const Record& record, const std::string& text) {
  return health_word(record.status.health) == text;
}

void check_status_values(const api::Filters& filters) {
  for (const std::string& value : filters.values("status")) {
    const bool known = value == "created" || value == "running" || value == "paused" ||
                       value == "restarting" || value == "removing" || value == "exited" ||
                       value == "dead";
    if (!known) fail(Kind::invalid, "invalid filter 'status={}'", value);
  }
}

void check_health_values(const api::Filters& filters) {
  for (const std::string& value : filters.values("health")) {
    const bool known =
        value == "starting" || value == "healthy" || value == "unhealthy" || value == "none";
    if (!known) fail(Kind::invalid, "unrecognised filter value for health: {}", value);
  }
}

}  // namespace

void check_list_filters(const api::Filters& filters) {
  filters.require_known({"ancestor", "before", "expose", "exited", "health", "id", "isolation",
                         "is-task", "label", "name", "network", "publish", "since", "status",
                         "volume"});
  check_status_values(filters);
  check_health_values(filters);
  for (const std::string& value : filters.values("exited")) exit_code_of(value);
  for (const char* key : {"expose", "publish"}) {
    for (const std::string& value : filters.values(key)) port_pattern(value);
  }
  static_cast<void>(filters.flag("is-task"));
}

bool is_listed(const Record& record, const ListContext& context) {
  const api::Filters& filters = context.filters;
  const Time created = record.definition->created;
  if (context.before != Time{} && created >= context.before) return false;
  if (context.since != Time{} && created <= context.since) return false;
  if (filters.flag("is-task").value_or(false)) return false;  // there are no swarm tasks
  // Docker takes an id anywhere in the id's beginning, as a prefix.
  if (filters.contains("id") && !filters.allows_prefix("id", record.id())) return false;
  if (!filters.allows_labels(record.config().labels)) return false;
  if (!filters.allows("status", shown_state(record))) return false;
  const auto fits = [&](std::string_view key, auto&& test) {
    return any_value(filters, key, [&](const std::string& v) { return test(record, v); });
  };
  return fits("name", [](const Record& r, const std::string& v) { return name_fits(r.name, v); }) &&
         fits("exited", exited_fits) && fits("network", network_fits) &&
         fits("volume", volume_fits) && fits("expose", exposes) && fits("health", health_fits) &&
         fits("publish", publishes) && fits("ancestor", context.descends_from);
}

}  // namespace mydock::engine
