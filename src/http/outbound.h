#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "http/client.h"
#include "http/proxy.h"
#include "http/tls.h"
#include "http/url.h"

namespace mydock::http {

// HTTP to other machines: TLS, proxies, idle connections kept for each server, and no wait without
// an end. Follows no redirects: whether credentials may go along is its caller's to know. Safe on
// several threads.
class Outbound {
 public:
  // Errors: see TlsContext; the files are read at the first request with TLS.
  Outbound(TlsOptions tls, ProxySettings proxies);
  ~Outbound();
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;

  // As Client::request, of any server; `outgoing.target` is ignored. Without a deadline the
  // answer's head has to come within 60 seconds of the request's end.
  Response request(const Url& url, Outgoing outgoing);
  const TlsOptions& tls() const { return tls_; }

 private:
  std::shared_ptr<Client> client_for(const Url& url);
  std::unique_ptr<Transport> connect(const Url& url, const std::stop_token& stop);
  std::unique_ptr<Transport> connect_by(const Proxy& proxy, const Url& url,
                                        const std::stop_token& stop, Deadline deadline);
  const TlsContext& context();

  TlsOptions tls_;
  ProxySettings proxies_;
  Mutex mutex_{Rank::leaf};
  std::unique_ptr<TlsContext> context_ GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<Client>> clients_ GUARDED_BY(mutex_);
};

}  // namespace mydock::http
