#pragma once

#include <string>
#include <string_view>

#include "api/system.h"
#include "base/fd.h"
#include "cli/terminal/console.h"

namespace mydock::cli {

inline constexpr std::string_view kHubKey = "https://index.docker.io/v1/";

// How credentials for a registry are filed: "docker.io" is kHubKey, others are as they are, without
// scheme and path.
std::string credentials_key(std::string_view server);

// `folder`: the client's configuration. What is known of a registry: from DOCKER_AUTH_CONFIG, its
// credential helper, or config.json. Nothing: only the server's address. Errors: system (a helper
// that fails), invalid.
api::AuthConfig find_credentials(const fs::path& folder, const std::string& key);
void store_credentials(const fs::path& folder, const api::AuthConfig& auth, Console& console);
// False: there were none.
bool erase_credentials(const fs::path& folder, const std::string& key);

// The X-Registry-Auth header for the registry of an image's name.
std::string registry_auth_for(const fs::path& folder, std::string_view domain);

}  // namespace mydock::cli
