#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "registry/credentials.h"
#include "registry/hosts.h"
#include "registry/tokens.h"

namespace mydock::registry {

// What one user may do at one registry: answers its challenges. Safe on several threads.
class Session {
 public:
  Session(Hosts& hosts, Tokens& tokens, http::Url base, Credentials credentials,
          std::vector<std::string> scopes);

  // Sends with credentials, if they are wanted: only to the registry's own origin. A 401 is
  // answered; a body that only streams is not sent again, and the 401 is returned. GET and
  // HEAD follow redirects.
  http::Response send(const http::Url& url, http::Outgoing outgoing);
  // "/v2/…" below the registry's base.
  http::Url url(std::string_view path) const;
  const http::Url& base() const { return base_; }
  // Asks for the user's rights at once; returns the identity token that a server may give.
  // Errors: unauthorized.
  std::string log_in(const std::stop_token& stop);
  // Asks whether the registry is there, and answers its challenge ahead of the first request.
  // Errors: system, `Get "https://…/v2/": …`.
  void ping(const std::stop_token& stop);
  // A further scope, from the next challenge on.
  void add_scope(std::string scope);

 private:
  http::Response send_once(const http::Url& url, http::Outgoing outgoing,
                           const std::string& authorization);
  std::string answer(const http::Response& response, bool fresh, const std::stop_token& stop);
  TokenRequest token_request(const Challenge& challenge) const;
  std::string authorization() const;

  Hosts& hosts_;
  Tokens& tokens_;
  http::Url base_;
  Credentials credentials_;
  mutable Mutex mutex_{Rank::leaf};
  std::vector<std::string> scopes_ GUARDED_BY(mutex_);
  std::string authorization_ GUARDED_BY(mutex_);
};

}  // namespace mydock::registry
