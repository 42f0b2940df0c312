#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/filters.h"
#include "api/network.h"
#include "api/network_requests.h"

namespace mydock::engine {

struct Parts;

// The API's network verbs: src/network plus events and who is attached. Errors: not_found "network
// X not found".
class Networks {
 public:
  explicit Networks(Parts& parts) : parts_(parts) {}

  std::vector<api::NetworkInspect> list(const api::Filters& filters) const;
  api::NetworkInspect inspect(std::string_view ref) const;
  api::NetworkCreated create(const api::NetworkCreate& request);
  void remove(std::string_view ref);
  api::NetworksPruned prune(const api::Filters& filters);
  // A stopped container's networks are only noted. Errors: invalid, conflict, forbidden, in
  // Docker's words.
  void connect(std::string_view ref, const api::NetworkConnect& request);
  void disconnect(std::string_view ref, const api::NetworkDisconnect& request);

 private:
  Parts& parts_;
};

}  // namespace mydock::engine
