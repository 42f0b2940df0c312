#include "engine/container/query/view.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "base/id.h"
#include "engine/container/config/validate.h"

namespace mydock::engine {

api::ContainerState shown_container_state(const Record& record) {
  const Status& status = record.status;
  api::ContainerState state;
  state.status = shown_state(record);
  state.running = is_running(status.state);
  state.paused = status.state == State::paused;
  state.restarting = status.state == State::restarting;
  state.oom_killed = status.oom_killed;
  state.dead = status.state == State::dead;
  state.pid = status.pid;
  state.exit_code = status.exit_code;
  state.error = status.error;
  state.started_at = status.started;
  state.finished_at = status.finished;
  state.health = status.health;
  return state;
}

std::vector<api::MountPoint> shown_mounts(const Record& record) {
  std::vector<api::MountPoint> list;
  for (const ContainerMount& m : record.definition->mounts) {
    if (!m.listed) continue;
    list.push_back({.type = m.type,
                    .name = m.name,
                    .source = m.source,
                    .destination = m.target,
                    .driver = m.driver,
                    .mode = m.mode,
                    .rw = !m.read_only,
                    .propagation = m.type == "bind" ? m.propagation : std::string()});
  }
  return list;
}

api::Strings dns_names(const Record& record, const api::EndpointSettings& settings) {
  api::Strings names{record.name};
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const std::string& alias : settings.aliases.value_or(api::Strings{})) add(alias);
  add(short_id(record.id()));
  if (!record.config().hostname.empty()) add(record.config().hostname);
  return names;
}

api::Endpoints shown_endpoints(const Record& record) {
  api::Endpoints endpoints = record.status.endpoints;
  for (auto& [name, settings] : endpoints) {
    if (is_user_network(name)) settings.dns_names = std::optional(dns_names(record, settings));
  }
  return endpoints;
}

api::PortMap shown_ports(const Record& record) {
  api::PortMap ports;
  if (!has_task(record.status.state)) return ports;
  ports = record.status.ports;
  for (const auto& [port, empty] : record.config().exposed_ports) ports.emplace(port, std::nullopt);
  return ports;
}

namespace {

std::string health_text(const std::optional<api::Health>& health) {
  if (!health) return {};
  return health->status == "starting" ? " (health: starting)" : " (" + health->status + ")";
}

}  // namespace

std::string status_text(const Record& record, Time now) {
  const Status& status = record.status;
  switch (status.state) {
    case State::running:
      return "Up " + human_duration(now - status.started) + health_text(status.health);
    case State::paused:
      return "Up " + human_duration(now - status.started) + " (Paused)";
    case State::restarting:
      return fmt::format("Restarting ({}) {} ago", status.exit_code,
                         human_duration(now - status.finished));
    case State::removing:
      return "Removal In Progress";
    case State::dead:
      return "Dead";
    default:
      break;
  }
  if (status.started == Time{} || status.finished == Time{}) return "Created";
  return fmt::format("Exited ({}) {} ago", status.exit_code, human_duration(now - status.finished));
}

std::vector<std::uint16_t> parse_port_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::uint16_t {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
  };
  const std::size_t dash = text.find('-');
  const std::uint16_t first = number(text.substr(0, dash));
  const std::uint16_t last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  std::vector<std::uint16_t> ports;
  if (first == 0) return ports;
  for (std::uint32_t port = first; port <= last; ++port) {
    ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

std::string command_text(const api::ContainerConfig& config) {
  std::string text;
  for (const std::string& word : command_line(config)) {
    if (!text.empty()) text += ' ';
    text += word.find(' ') == std::string::npos ? word : "'" + word + "'";
  }
  return text;
}

}  // namespace mydock::engine
