#pragma once

#include <memory>
#include <string>
#include <vector>

#include "oci/reference.h"
#include "registry/credentials.h"
#include "registry/hosts.h"
#include "registry/repository.h"
#include "registry/search.h"
#include "registry/tokens.h"

namespace mydock::registry {

enum class Access { pull, push };

// The distribution spec's client: one for a daemon, safe on several threads.
class Client {
 public:
  // Errors: invalid (see check_configuration).
  explicit Client(Configuration configuration);

  // The repository that `name` is in. To pull, docker.io's mirrors are asked before itself.
  // Errors: invalid, system (nobody is there), cancelled.
  Repository open(const oci::Reference& name, const Credentials& credentials, Access access,
                  const std::stop_token& stop);
  // Tries credentials at "host[:port]", or docker.io for any of its names. Returns an identity
  // token, when the server gives one. Errors: unauthorized, system.
  std::string log_in(std::string_view server, const Credentials& credentials,
                     const std::stop_token& stop);
  // docker.io's search, of the first version of the API. Errors: Refusal, system.
  std::vector<SearchResult> search(const SearchQuery& query, const Credentials& credentials,
                                   const std::stop_token& stop);
  const Configuration& configuration() const { return hosts_.configuration(); }

 private:
  Hosts hosts_;
  Tokens tokens_;
};

// "https://index.docker.io/v1/", "docker.io", "http://host:5000/x" -> "docker.io", "host:5000".
std::string registry_of(std::string_view server);

}  // namespace mydock::registry
