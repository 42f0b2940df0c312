#include "daemon/routes.h"

#include <algorithm>

namespace mydock::daemon {

namespace {

std::vector<std::string_view> split(std::string_view pattern) {
  std::vector<std::string_view> parts;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // the slash
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    parts.push_back(pattern.substr(0, slash));
    pattern.remove_prefix(slash);
  }
  return parts;
}

std::string join(std::span<const std::string> segments) {
  std::string text;
  for (const std::string& segment : segments) {
    if (!text.empty()) text += '/';
    text += segment;
  }
  return text;
}

}  // namespace

std::vector<Route> routes() {
  std::vector<Route> all;
  for (const auto rows : {system_routes(), container_routes(), container_io_routes(),
                          container_files_routes(), exec_routes(), build_routes(), image_routes(),
                          registry_routes(), network_routes(), volume_routes(), absent_routes()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  // Literal rows first: /containers/json is not the container named "json".
  std::stable_partition(all.begin(), all.end(), [](const Route& route) {
    return route.pattern.find('{') == std::string_view::npos;
  });
  return all;
}

std::optional<Parameters> match(std::string_view pattern, std::span<const std::string> segments) {
  const std::vector<std::string_view> parts = split(pattern);
  const bool greedy = pattern.find("...}") != std::string_view::npos;
  if (segments.size() < parts.size() || (segments.size() > parts.size() && !greedy)) {
    return std::nullopt;
  }
  Parameters parameters;
  std::size_t at = 0;
  for (const std::string_view part : parts) {
    std::size_t taken = 1;
    if (part.ends_with("...}")) {
      taken = segments.size() - parts.size() + 1;
      parameters.emplace(part.substr(1, part.size() - 5), join(segments.subspan(at, taken)));
    } else if (part.starts_with('{')) {
      if (segments[at].empty()) return std::nullopt;
      parameters.emplace(part.substr(1, part.size() - 2), segments[at]);
    } else if (segments[at] != part) {
      return std::nullopt;
    }
    at += taken;
  }
  return parameters;
}

}  // namespace mydock::daemon
