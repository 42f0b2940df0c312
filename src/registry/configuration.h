#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "http/proxy.h"
#include "http/tls.h"
#include "http/url.h"

namespace mydock::registry {

// What daemon.json says about registries.
struct Configuration {
  std::vector<std::string> insecure = {};   // host[:port] or CIDR; loopback always is
  std::vector<std::string> mirrors = {};    // URLs; of docker.io only
  std::vector<fs::path> certificates = {};  // folders as certs.d; the first that knows a host
  http::ProxySettings proxies = {};
  std::string user_agent = "mydock";
};

// Refuses what cannot work. Errors: invalid, in dockerd's words.
void check_configuration(const Configuration& configuration);

// TLS to "host:port", with the certificates in its folder of certs.d. Errors: invalid (a
// certificate without its key), system.
http::TlsOptions tls_options(const Configuration& configuration, const http::Url& host);
// Whether `host` may be spoken to without TLS, or with a certificate that nobody vouches for.
bool is_insecure(const Configuration& configuration, const http::Url& host);

// Where docker.io's API is.
inline constexpr std::string_view kHubApi = "registry-1.docker.io";
inline constexpr std::string_view kHub = "docker.io";

}  // namespace mydock::registry
