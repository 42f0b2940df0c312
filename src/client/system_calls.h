#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/disk_usage.h"
#include "api/event.h"
#include "api/filters.h"
#include "api/info.h"
#include "api/system.h"
#include "client/session.h"

namespace mydock::client {

struct EventsQuery {
  std::string since = {};  // Unix seconds
  std::string until = {};
  api::Filters filters = {};
  std::stop_token stop = {};
};

class SystemCalls {
 public:
  explicit SystemCalls(Session& session) : session_(session) {}

  api::Ping ping();
  api::Version version();
  std::string version_json();  // as the daemon sent it
  api::Info info();
  std::string info_json();
  api::DiskUsage disk_usage(const std::vector<std::string>& types = {});
  http::Response events(const EventsQuery& query);  // api::JsonLines of api::Event
  api::AuthAnswer auth(const api::AuthConfig& config);

 private:
  Session& session_;
};

}  // namespace mydock::client
