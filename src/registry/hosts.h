#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "base/mutex.h"
#include "http/outbound.h"
#include "registry/configuration.h"

namespace mydock::registry {

// The servers that one daemon talks to, with TLS, proxy and kept connections for each. Safe on
// several threads.
class Hosts {
 public:
  explicit Hosts(Configuration configuration);

  const Configuration& configuration() const { return configuration_; }

  // One exchange. Network errors begin with `Get "https://…": `.
  http::Response request(const http::Url& url, const http::Outgoing& outgoing);
  // For GET and HEAD: goes where redirects lead, 10 times at most, by http or https only and never
  // from the latter to the former. Credentials do not leave the first origin.
  http::Response follow(http::Url url, http::Outgoing outgoing);
  // Where the API of "host[:port]" is. An insecure one is asked once whether it speaks TLS.
  http::Url base_of(const std::string& domain, const std::stop_token& stop);

 private:
  std::shared_ptr<http::Outbound> outbound_for(const http::Url& url);
  bool speaks_tls(const http::Url& url, const std::stop_token& stop);
  void check_redirect(const http::Url& from, const http::Url& to);

  Configuration configuration_;
  Mutex mutex_{Rank::leaf};
  std::map<std::string, std::shared_ptr<http::Outbound>> outbounds_ GUARDED_BY(mutex_);
  std::map<std::string, http::Url> bases_ GUARDED_BY(mutex_);
};

}  // namespace mydock::registry
