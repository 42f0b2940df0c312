#pragma once

#include <optional>
#include <string>

#include "http/url.h"

namespace mydock::http {

// HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
struct ProxySettings {
  std::string http = {};   // "http://[user:password@]host:port", or just host:port
  std::string https = {};  // for https URLs
  std::string none = {};   // hosts by commas: "example.com", ".local", "10.0.0.0/8", "host:80", "*"

  // Both spellings of the names; the lower one wins.
  static ProxySettings from_environment();
  bool operator==(const ProxySettings&) const = default;
};

struct Proxy {
  Url url;
  std::string authorization;  // of Proxy-Authorization; empty: none
};
// The proxy for `url`; loopback is never asked for through one. Errors: invalid (a bad setting).
std::optional<Proxy> find_proxy(const ProxySettings& settings, const Url& url);

}  // namespace mydock::http
