#include "cli/registry/credentials.h"

#include <cstdlib>

#include "base/base64.h"
#include "base/error.h"
#include "cli/registry/client_config.h"
#include "cli/registry/credential_helper.h"

namespace mydock::cli {

namespace {

// Old files have "https://host/v2/" where "host" is meant.
std::string host_of(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  return std::string(key.substr(0, key.find('/')));
}

std::string helper_for(const ClientConfig& config, const std::string& key) {
  const auto found = config.helpers.find(key);
  if (found != config.helpers.end()) return found->second;
  const auto by_host = config.helpers.find(host_of(key));
  return by_host != config.helpers.end() ? by_host->second : config.store;
}

const StoredAuth* find_stored(const std::map<std::string, StoredAuth>& auths,
                              const std::string& key) {
  if (const auto found = auths.find(key); found != auths.end()) return &found->second;
  for (const auto& [name, auth] : auths) {
    if (host_of(name) == host_of(key)) return &auth;
  }
  return nullptr;
}

api::AuthConfig to_auth(const StoredAuth& stored, const std::string& key) {
  api::AuthConfig auth;
  auth.server_address = key;
  auth.identity_token = stored.identity_token;
  auth.registry_token = stored.registry_token;
  if (stored.auth.empty()) return auth;
  const auto both = decode_base64(stored.auth);
  const std::size_t colon = both ? both->find(':') : std::string::npos;
  if (colon == std::string::npos) fail(Kind::invalid, "invalid auth configuration file");
  auth.username = both->substr(0, colon);
  auth.password = both->substr(colon + 1);
  while (auth.password.ends_with('\0')) auth.password.pop_back();
  return auth;
}

struct AuthsOnly {
  std::map<std::string, StoredAuth> auths;
};
template <class V>
void fields(V& v, Of<AuthsOnly> auto& s) {
  v("auths", s.auths);
}

}  // namespace

std::string credentials_key(std::string_view server) {
  if (server.empty() || server == "docker.io" || server == kHubKey) return std::string(kHubKey);
  const std::string host = host_of(server);
  if (host == "index.docker.io" || host == "registry-1.docker.io" || host == "docker.io") {
    return std::string(kHubKey);
  }
  return host;
}

api::AuthConfig find_credentials(const fs::path& folder, const std::string& key) {
  api::AuthConfig none;
  none.server_address = key;
  if (const char* given = std::getenv("DOCKER_AUTH_CONFIG"); given != nullptr && *given != '\0') {
    const auto auths =
        in_context("DOCKER_AUTH_CONFIG", [&] { return from_json<AuthsOnly>(given); });
    if (const StoredAuth* stored = find_stored(auths.auths, key)) return to_auth(*stored, key);
  }
  const ClientConfig config = ClientConfig::load(folder);
  if (const std::string helper = helper_for(config, key); !helper.empty()) {
    return CredentialHelper(helper).find(key).value_or(none);
  }
  const StoredAuth* stored = find_stored(config.auths, key);
  return stored != nullptr ? to_auth(*stored, key) : none;
}

void store_credentials(const fs::path& folder, const api::AuthConfig& auth, Console& console) {
  ClientConfig config = ClientConfig::load(folder);
  const std::string& key = auth.server_address;
  if (const std::string helper = helper_for(config, key); !helper.empty()) {
    CredentialHelper(helper).store(auth);
    config.auths[key] = {};  // so that it is known where somebody is logged in
    return config.save();
  }
  StoredAuth stored;
  stored.auth = encode_base64(auth.username + ":" + auth.password);
  if (!auth.identity_token.empty()) {
    stored.auth = encode_base64(auth.username + ":");
    stored.identity_token = auth.identity_token;
  }
  config.auths[key] = stored;
  config.save();
  console.err(
      fmt::format("\nWARNING! Your credentials are stored unencrypted in '{}'.\n"
                  "Configure a credential helper to remove this warning. See\n"
                  "https://docs.docker.com/go/credential-store/\n",
                  config.path().string()));
}

bool erase_credentials(const fs::path& folder, const std::string& key) {
  ClientConfig config = ClientConfig::load(folder);
  if (const std::string helper = helper_for(config, key); !helper.empty()) {
    CredentialHelper(helper).erase(key);
  }
  const std::string host = host_of(key);
  const auto erased = std::erase_if(config.auths, [&](const auto& one) {
    return one.first == key || host_of(one.first) == host;
  });
  if (erased > 0) config.save();
  return erased > 0;
}

std::string registry_auth_for(const fs::path& folder, std::string_view domain) {
  api::AuthConfig auth = find_credentials(folder, credentials_key(domain));
  if (auth.username.empty() && auth.identity_token.empty() && auth.registry_token.empty())
    return {};
  return encode_base64(to_json(auth), Base64::url);
}

}  // namespace mydock::cli
