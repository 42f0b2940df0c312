#include "client/system_calls.h"

namespace mydock::client {

api::Ping SystemCalls::ping() {
  const http::Response response = session_.send({.method = "HEAD", .path = "/_ping"});
  return {.api_version = response.header("Api-Version"),
          .os_type = response.header("Ostype"),
          .builder_version = response.header("Builder-Version"),
          .server = response.header("Server"),
          .experimental = response.header("Docker-Experimental") == "true"};
}

api::Version SystemCalls::version() { return from_json<api::Version>(version_json()); }

std::string SystemCalls::version_json() { return session_.text({.path = "/version"}); }

api::Info SystemCalls::info() { return from_json<api::Info>(info_json()); }

std::string SystemCalls::info_json() { return session_.text({.path = "/info"}); }

api::DiskUsage SystemCalls::disk_usage(const std::vector<std::string>& types) {
  Query query;
  for (const std::string& type : types) query.add("type", type);
  return session_.json<api::DiskUsage>({.path = "/system/df", .query = query});
}

http::Response SystemCalls::events(const EventsQuery& query) {
  return session_.send({.path = "/events",
                        .query = Query()
                                     .add_if("since", query.since)
                                     .add_if("until", query.until)
                                     .add_if("filters", query.filters.encode()),
                        .stop = query.stop});
}

api::AuthAnswer SystemCalls::auth(const api::AuthConfig& config) {
  return session_.json<api::AuthAnswer>(
      {.method = "POST", .path = "/auth", .json = to_json(config)});
}

}  // namespace mydock::client
