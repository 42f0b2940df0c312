#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/query/list.h"

namespace mydock::engine {

namespace {

bool any_value(const api::Filters& filters, std::string_view key,
               const std::function<bool(const std::string&)>& fits) {
  if (!filters.contains(key)) return true;
  const auto& values = filters.values(key);
  return std::any_of(values.begin(), values.end(), fits);
}

// Docker matches names by substring or expression, with and without the slash; "^/?name$" is what
// scripts write.
bool name_fits(const std::string& name, std::string pattern) {
  bool from_start = false;
  bool to_end = false;
  if (pattern.starts_with('^')) {
    from_start = true;
    pattern.erase(0, 1);
  }
  if (pattern.starts_with("/?")) pattern.erase(0, 2);
  if (pattern.starts_with('/')) pattern.erase(0, 1);
  if (pattern.ends_with('$')) {
    to_end = true;
    pattern.pop_back();
  }
  if (from_start && to_end) return name == pattern;
  if (from_start) return name.starts_with(pattern);
  if (to_end) return name.ends_with(pattern);
  return name.find(pattern) != std::string::npos;
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

bool exposes(const Record& record, const std::string& text) {
  const std::string port = text.find('/') == std::string::npos ? text + "/tcp" : text;
  return record.config().exposed_ports.contains(port);
}

bool publishes(const Record& record, const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string type = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
  return std::any_of(
      record.status.ports.begin(), record.status.ports.end(), [&](const auto& entry) {
        const auto& [port, bindings] = entry;
        return port.ends_with("/" + type) && bindings &&
               std::any_of(bindings->begin(), bindings->end(), [&](const api::PortBinding& b) {
                 return b.host_port == text.substr(0, slash);
               });
      });
}

bool health_fits(const Record& record, const std::string& text) {
  const auto& check = record.config().healthcheck;
  const bool none = !check || check->test.empty() || check->test.front() == "NONE";
  return text == "none" && none;
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
