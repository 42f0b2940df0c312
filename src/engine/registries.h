#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/distribution.h"
#include "api/filters.h"
#include "api/system.h"
#include "engine/images.h"

namespace mydock::registry {
class Client;
}

namespace mydock::engine {

struct Parts;
struct EngineOptions;

struct PullRequest {
  std::string name;  // may hold its tag or digest
  std::string tag;   // a tag or a digest; empty with none in the name: all tags
  std::string platform;
  api::AuthConfig auth;
};

// What images have to do with registries. Errors as Docker words them.
class Registries {
 public:
  explicit Registries(Parts& parts);
  ~Registries();

  void pull(const PullRequest& request, const ImageProgress& progress, const std::stop_token& stop);
  // An empty tag: all tags of that repository that are here.
  void push(std::string_view name, std::string_view tag, const api::AuthConfig& auth,
            const ImageProgress& progress, const std::stop_token& stop);
  // What a registry says about a name, without pulling it.
  api::DistributionInspect distribution(std::string_view name, const api::AuthConfig& auth,
                                        const std::stop_token& stop);
  api::AuthAnswer log_in(const api::AuthConfig& auth, const std::stop_token& stop);
  // `limit` 0: 25. Errors: invalid; system, when docker.io cannot be reached.
  std::vector<api::SearchResult> search(std::string_view term, std::int64_t limit,
                                        const api::Filters& filters, const api::AuthConfig& auth,
                                        const std::stop_token& stop);

 private:
  Parts& parts_;
  std::unique_ptr<registry::Client> client_;
};

}  // namespace mydock::engine
