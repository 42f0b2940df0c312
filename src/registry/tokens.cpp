#include "registry/tokens.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "oci/hasher.h"
#include "registry/refusal.h"

namespace mydock::registry {

namespace {

constexpr std::chrono::seconds kTokenTime{15};
constexpr std::size_t kLargestTokenBody = std::size_t{1} << 20;
constexpr std::size_t kMostKept = 1000;
constexpr std::int64_t kLeastLife = 60;  // seconds; less is taken for this, as the spec says
constexpr std::int64_t kMostLife = 86400;

struct TokenBody {
  std::string token, access_token, refresh_token;
  std::int64_t expires_in = 0;
};
template <class V>
void fields(V& v, Of<TokenBody> auto& t) {
  v("token", t.token);
  v("access_token", t.access_token);
  v("refresh_token", t.refresh_token);
  v("expires_in", t.expires_in);
}

// The secret itself is no part of what is kept as a key.
std::string key_of(const TokenRequest& request) {
  const Credentials& user = request.credentials;
  const oci::Digest secret = oci::sha256_of(user.password + '\n' + user.identity_token);
  return fmt::format("{}\n{}\n{}\n{}\n{}", request.challenge.parameter("realm"),
                     request.challenge.parameter("service"), fmt::join(request.scopes, " "),
                     user.username, secret.str());
}

http::Url realm_of(const TokenRequest& request) {
  const std::string text = request.challenge.parameter("realm");
  const http::Url realm =
      in_context(fmt::format("token realm \"{}\"", text), [&] { return http::parse_url(text); });
  // Whoever may be spoken to in the clear may also name such a token server, beside itself.
  if (!realm.tls && request.registry.tls) {
    fail(Kind::system, "token realm {} of {} is not https", realm.origin(),
         request.registry.origin());
  }
  return realm;
}

http::Outgoing by_get(const TokenRequest& request, http::Url& realm) {
  const std::string service = request.challenge.parameter("service");
  const Credentials& user = request.credentials;
  http::Outgoing outgoing;
  if (!service.empty()) realm.target = http::with_query(realm.target, "service", service);
  for (const std::string& scope : request.scopes) {
    realm.target = http::with_query(realm.target, "scope", scope);
  }
  if (!user.username.empty()) {
    realm.target = http::with_query(realm.target, "account", user.username);
    outgoing.headers.emplace_back("Authorization", basic_authorization(user));
  }
  if (request.offline) {
    realm.target = http::with_query(realm.target, "offline_token", "true");
    realm.target = http::with_query(realm.target, "client_id", "docker");
  }
  return outgoing;
}

// OAuth2, with the identity token that an earlier login gave.
http::Outgoing by_post(const TokenRequest& request) {
  const auto form = [](std::string_view text) { return http::escape_url(text); };
  http::Outgoing outgoing;
  outgoing.method = "POST";
  outgoing.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  outgoing.body = fmt::format(
      "grant_type=refresh_token&refresh_token={}&service={}&client_id=docker",
      form(request.credentials.identity_token), form(request.challenge.parameter("service")));
  if (request.offline) outgoing.body += "&access_type=offline";
  if (!request.scopes.empty()) {
    outgoing.body += "&scope=" + form(fmt::format("{}", fmt::join(request.scopes, " ")));
  }
  return outgoing;
}

Token token_of(std::string_view text) {
  const auto body = from_json<TokenBody>(text);
  Token token{.text = body.token.empty() ? body.access_token : body.token,
              .refresh = body.refresh_token};
  if (token.text.empty())
    fail(Kind::system, "authorization server did not include a token in the response");
  // It goes into a header.
  const bool plain = std::all_of(token.text.begin(), token.text.end(),
                                 [](char c) { return c > 0x20 && c < 0x7f; });
  if (!plain) fail(Kind::system, "authorization server sent a malformed token");
  const std::int64_t life = std::clamp(body.expires_in, kLeastLife, kMostLife);
  // A tenth early, so that none runs out on its way.
  token.expires = std::chrono::steady_clock::now() + std::chrono::seconds(life * 9 / 10);
  return token;
}

}  // namespace

std::string basic_authorization(const Credentials& credentials) {
  return "Basic " + encode_base64(credentials.username + ":" + credentials.password);
}

Token Tokens::get(const TokenRequest& request, bool fresh, const std::stop_token& stop) {
  const std::string key = key_of(request);
  if (!fresh && !request.offline) {
    Lock lock(mutex_);
    const auto found = kept_.find(key);
    if (found != kept_.end() && found->second.expires > std::chrono::steady_clock::now()) {
      return found->second;
    }
  }
  Token token = fetch(request, stop);
  Lock lock(mutex_);
  if (kept_.size() >= kMostKept) kept_.clear();
  kept_.insert_or_assign(key, token);
  return token;
}

Token Tokens::fetch(const TokenRequest& request, const std::stop_token& stop) {
  http::Url realm = realm_of(request);
  http::Outgoing outgoing =
      request.credentials.identity_token.empty() ? by_get(request, realm) : by_post(request);
  outgoing.stop = stop;
  outgoing.deadline = outgoing.body_deadline = deadline_after(kTokenTime);
  http::Response response =
      outgoing.method == "GET" ? hosts_.follow(realm, outgoing) : hosts_.request(realm, outgoing);
  if (response.status() != 200) throw refusal_of(response);
  return in_context(fmt::format("token server {}", realm.origin()),
                    [&] { return token_of(response.read_body(kLargestTokenBody)); });
}

}  // namespace mydock::registry
