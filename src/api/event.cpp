#include "api/event.h"

#include <algorithm>
#include <array>

namespace mydock::api {

namespace {

std::string attribute(const Event& event, const char* name) {
  const auto found = event.actor.attributes.find(name);
  return found == event.actor.attributes.end() ? std::string() : found->second;
}

std::string without_tag(const std::string& reference) {
  const std::size_t colon = reference.rfind(':');
  const std::size_t slash = reference.rfind('/');
  if (colon == reference.npos || (slash != reference.npos && colon < slash)) return reference;
  return reference.substr(0, colon);
}

bool event_allowed(const Filters& filters, const std::string& action) {
  if (!filters.contains("event")) return true;
  const auto& wanted = filters.values("event");
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& value) {
    const bool by_prefix =
        value == "health_status" || value == "exec_create" || value == "exec_start";
    return by_prefix ? action.starts_with(value) : action == value;
  });
}

// Docker looks at the id or the name of whatever object the event is about.
bool actor_allowed(const Filters& filters, const Event& event, std::string_view key) {
  if (!filters.contains(key)) return true;
  const std::string name = attribute(event, "name");
  return filters.allows_prefix(key, event.actor.id) ||
         (!name.empty() && filters.allows_prefix(key, name));
}

bool image_allowed(const Filters& filters, const Event& event) {
  if (!filters.contains("image")) return true;
  const std::string name = attribute(event, event.type == "image" ? "name" : "image");
  return filters.allows("image", event.actor.id) || filters.allows("image", name) ||
         filters.allows("image", without_tag(event.actor.id)) ||
         filters.allows("image", without_tag(name));
}

}  // namespace

void shape_for(ApiVersion version, Event& event) {
  if (version >= ApiVersion{1, 52}) return;
  if (event.type != "container" && event.type != "image") return;
  event.status = event.action;
  event.id = event.actor.id;
  if (event.type == "container") event.from = attribute(event, "image");
}

bool known_to(ApiVersion version, const Event& event) {
  return version >= ApiVersion{1, 46} || event.type != "image" || event.action != "create";
}

bool matches(const Filters& filters, const Event& event) {
  constexpr std::array<std::string_view, 9> kActors = {
      "container", "network", "volume", "daemon", "plugin", "node", "service", "secret", "config"};
  return event_allowed(filters, event.action) && filters.allows("type", event.type) &&
         filters.allows("scope", event.scope) && image_allowed(filters, event) &&
         filters.allows_labels(event.actor.attributes) &&
         std::all_of(kActors.begin(), kActors.end(),
                     [&](std::string_view key) { return actor_allowed(filters, event, key); });
}

}  // namespace mydock::api
