#pragma once

#include <cstdint>

#include "api/filters.h"
#include "api/version.h"

namespace mydock::api {

struct Actor {
  std::string id;
  StringMap attributes;
  bool operator==(const Actor&) const = default;
};
template <class V>
void fields(V& v, Of<Actor> auto& s) {
  v("ID", s.id);
  v("Attributes", s.attributes);
}

struct Event {
  std::string status;  // this and the next two: set by shape_for, before 1.52
  std::string id;
  std::string from;
  std::string type;  // container, image, network, volume, builder, daemon, plugin
  std::string action;
  Actor actor;
  std::string scope = "local";
  std::int64_t time = 0;
  std::int64_t time_nano = 0;
  bool operator==(const Event&) const = default;
};
template <class V>
void fields(V& v, Of<Event> auto& s) {
  v.omit_empty("status", s.status);
  v.omit_empty("id", s.id);
  v.omit_empty("from", s.from);
  v("Type", s.type);
  v("Action", s.action);
  v("Actor", s.actor);
  v("scope", s.scope);
  v("time", s.time);
  v("timeNano", s.time_nano);
}
void shape_for(ApiVersion version, Event& event);
// False: a client of this version does not get such an event at all.
bool known_to(ApiVersion version, const Event& event);
bool matches(const Filters& filters, const Event& event);

}  // namespace mydock::api
