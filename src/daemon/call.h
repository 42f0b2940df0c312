#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "api/version.h"
#include "base/clock.h"
#include "base/json.h"
#include "engine/engine.h"
#include "http/request.h"
#include "http/responder.h"

namespace mydock::daemon {

// One request on its way through a handler: decode, call the engine, answer.
class Call {
 public:
  Call(engine::Engine& to, http::Request& asked, http::Responder& answer, api::ApiVersion spoken)
      : engine(to), request(asked), respond(answer), version(spoken) {}

  engine::Engine& engine;
  http::Request& request;
  http::Responder& respond;
  api::ApiVersion version;
  std::map<std::string, std::string, std::less<>> parameters;  // of the path

  const std::string& path(std::string_view name) const { return parameters.find(name)->second; }
  // The text of a query parameter; "" when it is absent.
  std::string query(std::string_view name) const;
  bool flag(std::string_view name, bool absent = false) const {
    return request.query_flag(name, absent);
  }
  std::optional<std::int64_t> integer(std::string_view name) const {
    return request.query_integer(name);
  }
  // Unix seconds with a fraction; absent, "" and "0": no value. Errors: invalid.
  std::optional<Time> time(std::string_view name) const;

  // The body as JSON. Errors: invalid, for a content type that is not application/json, and for
  // what is not one JSON document. `absent`: what an empty body means; no value: it is an error.
  std::string json_text(std::optional<std::string_view> absent = {});
  template <class T>
  T json(std::optional<std::string_view> absent = {}) {
    return from_json<T>(json_text(absent));
  }

  template <class T>
  void answer(int status, const T& value) {
    respond.send(status, "application/json", to_json(value) + "\n");
  }
  void no_content() { respond.send_status(204); }
};

using Handler = void (*)(Call&);

// "{name}" is one segment of the path, "{name...}" one or more: image names hold slashes.
struct Route {
  std::string_view method;
  std::string_view pattern;
  api::ApiVersion since;
  Handler handler;
};

}  // namespace mydock::daemon
