#pragma once

#include <string>

#include "base/json.h"

namespace mydock::registry {

// What a client gave for one registry; all empty: anonymous.
struct Credentials {
  std::string username = {};
  std::string password = {};
  std::string identity_token = {};  // an OAuth2 refresh token, instead of a password
  std::string registry_token = {};  // a bearer token, to be sent as it is

  bool anonymous() const { return username.empty() && identity_token.empty(); }
  bool operator==(const Credentials&) const = default;
};

}  // namespace mydock::registry
