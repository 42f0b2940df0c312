#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/json.h"

namespace mydock::cli {

// One registry in "auths" of the client's config.json.
struct StoredAuth {
  std::string auth;  // base64 of user:password
  std::string identity_token;
  std::string registry_token;
  bool operator==(const StoredAuth&) const = default;
};
template <class V>
void fields(V& v, Of<StoredAuth> auto& s) {
  v.omit_empty("auth", s.auth);
  v.omit_empty("identitytoken", s.identity_token);
  v.omit_empty("registrytoken", s.registry_token);
}

// config.json of the configuration's folder: docker's own file, shared with it. Members that are
// not known here stay as they are.
class ClientConfig {
 public:
  // A file that is absent is an empty one. Errors: invalid, system.
  static ClientConfig load(const fs::path& folder);

  const fs::path& path() const { return path_; }
  std::map<std::string, StoredAuth> auths;     // by registry
  std::string store;                           // "credsStore": of docker-credential-STORE
  std::map<std::string, std::string> helpers;  // "credHelpers": by registry
  // Replaces the file at once, mode 0600; through a link, what it leads to.
  void save() const;

 private:
  fs::path path_;
  std::map<std::string, std::string> others_;  // JSON texts
};

}  // namespace mydock::cli
