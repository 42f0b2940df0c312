#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "registry/challenge.h"
#include "registry/credentials.h"
#include "registry/hosts.h"

namespace mydock::registry {

// What a token server gave (distribution's token authentication).
struct Token {
  std::string text;
  std::string refresh;  // an identity token; only when one was asked for
  std::chrono::steady_clock::time_point expires{};
};

struct TokenRequest {
  Challenge challenge;              // a Bearer one
  http::Url registry;               // who sent it
  std::vector<std::string> scopes;  // "repository:library/alpine:pull"
  Credentials credentials;
  bool offline = false;  // a refresh token, too
};

// Fetches bearer tokens and keeps them for as long as they are good. Safe on several threads.
class Tokens {
 public:
  explicit Tokens(Hosts& hosts) : hosts_(hosts) {}

  // `fresh`: not one from before, which has just been refused. Errors: Refusal, system, invalid (a
  // realm that is not to be trusted with credentials), cancelled.
  Token get(const TokenRequest& request, bool fresh, const std::stop_token& stop);

 private:
  Token fetch(const TokenRequest& request, const std::stop_token& stop);

  Hosts& hosts_;
  Mutex mutex_{Rank::leaf};
  std::map<std::string, Token> kept_ GUARDED_BY(mutex_);
};

std::string basic_authorization(const Credentials& credentials);

}  // namespace mydock::registry
