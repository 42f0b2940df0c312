#include "client/network_calls.h"

namespace mydock::client {

std::vector<api::NetworkInspect> NetworkCalls::list(const api::Filters& filters) {
  return session_.json<std::vector<api::NetworkInspect>>(
      {.path = "/networks", .query = Query().add_if("filters", filters.encode())});
}

api::NetworkInspect NetworkCalls::inspect(std::string_view ref) {
  return from_json<api::NetworkInspect>(inspect_json(ref));
}

std::string NetworkCalls::inspect_json(std::string_view ref) {
  return session_.text({.path = object_path("networks", ref)});
}

api::NetworkCreated NetworkCalls::create(const api::NetworkCreate& create) {
  return session_.json<api::NetworkCreated>(
      {.method = "POST", .path = "/networks/create", .json = to_json(create)});
}

void NetworkCalls::connect(std::string_view ref, const api::NetworkConnect& connect) {
  session_.done({.method = "POST",
                 .path = object_path("networks", ref, "connect"),
                 .json = to_json(connect)});
}

void NetworkCalls::disconnect(std::string_view ref, const api::NetworkDisconnect& disconnect) {
  session_.done({.method = "POST",
                 .path = object_path("networks", ref, "disconnect"),
                 .json = to_json(disconnect)});
}

void NetworkCalls::remove(std::string_view ref) {
  session_.done({.method = "DELETE", .path = object_path("networks", ref)});
}

api::NetworksPruned NetworkCalls::prune(const api::Filters& filters) {
  return session_.json<api::NetworksPruned>({.method = "POST",
                                             .path = "/networks/prune",
                                             .query = Query().add_if("filters", filters.encode())});
}

}  // namespace mydock::client
