#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/build.h"
#include "api/filters.h"
#include "api/resources.h"
#include "client/session.h"

namespace mydock::client {

struct BuildQuery {
  std::string dockerfile = {};
  std::vector<std::string> names = {};
  std::string target = {};
  std::map<std::string, std::optional<std::string>> arguments = {};
  std::map<std::string, std::string> labels = {};
  std::map<std::string, std::string> secrets = {};  // by id
  std::vector<std::string> cache_from = {};
  std::vector<std::string> extra_hosts = {};
  std::vector<api::Ulimit> ulimits = {};
  std::string platform = {};
  std::string network = {};
  api::Resources limits = {};
  std::int64_t shm_size = 0;
  bool no_cache = false;
  bool pull = false;
  bool quiet = false;
  std::string registry_config = {};  // X-Registry-Config; empty: none
  std::stop_token stop = {};
};

class BuildCalls {
 public:
  explicit BuildCalls(Session& session) : session_(session) {}

  // A stream of api::ProgressMessage. `context`: a tar.
  http::Response build(const BuildQuery& query, Source& context);
  // `keep_bytes` 0: nothing is kept for its size.
  api::BuildPruned prune(bool all, std::int64_t keep_bytes, const api::Filters& filters);

 private:
  Session& session_;
};

}  // namespace mydock::client
