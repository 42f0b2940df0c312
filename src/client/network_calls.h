#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/filters.h"
#include "api/network.h"
#include "api/network_requests.h"
#include "client/session.h"

namespace mydock::client {

class NetworkCalls {
 public:
  explicit NetworkCalls(Session& session) : session_(session) {}

  std::vector<api::NetworkInspect> list(const api::Filters& filters);
  api::NetworkInspect inspect(std::string_view ref);
  std::string inspect_json(std::string_view ref);
  api::NetworkCreated create(const api::NetworkCreate& create);
  void connect(std::string_view ref, const api::NetworkConnect& connect);
  void disconnect(std::string_view ref, const api::NetworkDisconnect& disconnect);
  void remove(std::string_view ref);
  api::NetworksPruned prune(const api::Filters& filters);

 private:
  Session& session_;
};

}  // namespace mydock::client
