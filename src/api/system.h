#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct Named {
  std::string name;
  bool operator==(const Named&) const = default;
};
template <class V>
void fields(V& v, Of<Named> auto& s) {
  v("Name", s.name);
}

struct Component {
  std::string name;
  std::string version;
  StringMap details;
  bool operator==(const Component&) const = default;
};
template <class V>
void fields(V& v, Of<Component> auto& s) {
  v("Name", s.name);
  v("Version", s.version);
  v("Details", s.details);
}

// GET /version
struct Version {
  Named platform;
  std::string version;
  std::string api_version;
  std::string min_api_version;
  std::string os = "linux";
  std::string arch;  // amd64
  std::vector<Component> components;
  std::string git_commit;
  std::string go_version;
  std::string kernel_version;
  std::string build_time;
  bool experimental = false;
  bool operator==(const Version&) const = default;
};
template <class V>
void fields(V& v, Of<Version> auto& s) {
  v("Platform", s.platform);
  v("Components", s.components);
  v("Version", s.version);
  v("ApiVersion", s.api_version);
  v("MinAPIVersion", s.min_api_version);
  v("GitCommit", s.git_commit);
  v("GoVersion", s.go_version);
  v("Os", s.os);
  v("Arch", s.arch);
  v("KernelVersion", s.kernel_version);
  v.omit_empty("Experimental", s.experimental);
  v("BuildTime", s.build_time);
}

// What a ping's headers tell.
struct Ping {
  std::string api_version;
  std::string os_type;
  std::string builder_version;
  std::string server;
  bool experimental = false;
  bool operator==(const Ping&) const = default;
};

// POST /auth
struct AuthConfig {
  std::string username;
  std::string password;
  std::string email;
  std::string server_address;
  std::string identity_token;
  std::string registry_token;
  std::string auth;  // base64 of user:password
  bool operator==(const AuthConfig&) const = default;
};
template <class V>
void fields(V& v, Of<AuthConfig> auto& s) {
  v.omit_empty("username", s.username);
  v.omit_empty("password", s.password);
  v.omit_empty("email", s.email);
  v.omit_empty("serveraddress", s.server_address);
  v.omit_empty("identitytoken", s.identity_token);
  v.omit_empty("registrytoken", s.registry_token);
  v.omit_empty("auth", s.auth);
}

struct AuthAnswer {
  std::string identity_token;
  std::string status;
  bool operator==(const AuthAnswer&) const = default;
};
template <class V>
void fields(V& v, Of<AuthAnswer> auto& s) {
  v("IdentityToken", s.identity_token);
  v("Status", s.status);
}

}  // namespace mydock::api
