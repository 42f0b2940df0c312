#pragma once

#include <functional>
#include <vector>

#include "daemon/call.h"

namespace mydock::daemon {

// Answers one request: version prefix, route, version gate, handler, and the one place where an
// Error becomes a status and Docker's error body.
class Dispatch {
 public:
  explicit Dispatch(engine::Engine& engine);
  void operator()(http::Request& request, http::Responder& respond) const;

 private:
  void route(http::Request& request, http::Responder& respond) const;
  engine::Engine& engine_;
  std::vector<Route> routes_;
};

}  // namespace mydock::daemon
