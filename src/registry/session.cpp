#include "registry/session.h"

#include <algorithm>

#include "base/error.h"
#include "registry/refusal.h"

namespace mydock::registry {

namespace {

constexpr std::chrono::seconds kPingTime{15};

std::vector<Challenge> challenges_of(const http::Response& response) {
  std::vector<Challenge> all;
  for (const auto& [name, value] : response.headers()) {
    const http::Headers one{{name, value}};
    if (http::find_header(one, "WWW-Authenticate") == nullptr) continue;
    for (Challenge& challenge : parse_challenges(value)) all.push_back(std::move(challenge));
  }
  return all;
}

const Challenge* find(const std::vector<Challenge>& challenges, std::string_view scheme) {
  const auto found = std::find_if(challenges.begin(), challenges.end(),
                                  [&](const auto& one) { return one.scheme == scheme; });
  return found == challenges.end() ? nullptr : &*found;
}

// "repository:a/b:pull,push" twice over is one scope.
void add_scopes(std::vector<std::string>& scopes, std::string_view text) {
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string one(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
    const bool covered = std::any_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
      return scope == one || scope.starts_with(one + ",");
    });
    if (!one.empty() && !covered) scopes.push_back(one);
  }
}

}  // namespace

Session::Session(Hosts& hosts, Tokens& tokens, http::Url base, Credentials credentials,
                 std::vector<std::string> scopes)
    : hosts_(hosts),
      tokens_(tokens),
      base_(std::move(base)),
      credentials_(std::move(credentials)),
      scopes_(std::move(scopes)) {
  if (!credentials_.registry_token.empty()) {
    authorization_ = "Bearer " + credentials_.registry_token;
  }
}

http::Url Session::url(std::string_view path) const {
  http::Url url = base_;
  while (url.target.ends_with('/')) url.target.pop_back();
  url.target += path;
  return url;
}

void Session::add_scope(std::string scope) {
  Lock lock(mutex_);
  scopes_.push_back(std::move(scope));
  if (credentials_.registry_token.empty()) authorization_.clear();
}

std::string Session::authorization() const {
  Lock lock(mutex_);
  return authorization_;
}

http::Response Session::send_once(const http::Url& url, http::Outgoing outgoing,
                                  const std::string& authorization) {
  if (!authorization.empty() && url.same_origin(base_)) {
    outgoing.headers.emplace_back("Authorization", authorization);
  }
  if (outgoing.method == "GET" || outgoing.method == "HEAD") return hosts_.follow(url, outgoing);
  return hosts_.request(url, outgoing);
}

http::Response Session::send(const http::Url& url, http::Outgoing outgoing) {
  std::string tried = authorization();
  http::Response response = send_once(url, outgoing, tried);
  // A token that was kept from before may be refused: then there is one more try, with a new one.
  for (bool fresh = !tried.empty(); response.status() == 401 && url.same_origin(base_);
       fresh = true) {
    const std::string next = answer(response, fresh, outgoing.stop);
    if (next.empty() || next == tried || outgoing.body_source != nullptr) break;
    response = send_once(url, outgoing, next);
    tried = next;
    if (fresh) break;
  }
  return response;
}

TokenRequest Session::token_request(const Challenge& challenge) const {
  TokenRequest request{
      .challenge = challenge, .registry = base_, .scopes = {}, .credentials = credentials_};
  {
    Lock lock(mutex_);
    request.scopes = scopes_;
  }
  add_scopes(request.scopes, challenge.parameter("scope"));
  return request;
}

// The Authorization to try next; empty: nothing that could help.
std::string Session::answer(const http::Response& response, bool fresh,
                            const std::stop_token& stop) {
  if (!credentials_.registry_token.empty()) return {};
  const std::vector<Challenge> challenges = challenges_of(response);
  std::string next;
  if (const Challenge* bearer = find(challenges, "bearer");
      bearer != nullptr && !bearer->parameter("realm").empty()) {
    next = "Bearer " + tokens_.get(token_request(*bearer), fresh, stop).text;
  } else if (find(challenges, "basic") != nullptr) {
    if (credentials_.username.empty()) fail(Kind::system, "no basic auth credentials");
    next = basic_authorization(credentials_);
  }
  Lock lock(mutex_);
  if (!next.empty()) authorization_ = next;
  return next;
}

void Session::ping(const std::stop_token& stop) {
  http::Outgoing outgoing;
  outgoing.stop = stop;
  outgoing.deadline = outgoing.body_deadline = deadline_after(kPingTime);
  const http::Response response = send_once(url("/v2/"), outgoing, authorization());
  if (response.status() != 401) return;
  try {
    answer(response, false, stop);
  } catch (const Error& error) {  // the first request will meet it, and has the better words
    if (error.kind() == Kind::cancelled) throw;
  }
}

std::string Session::log_in(const std::stop_token& stop) {
  http::Outgoing ping;
  ping.stop = stop;
  ping.deadline = ping.body_deadline = deadline_after(kPingTime);
  const http::Url root = url("/v2/");
  http::Response response = send_once(root, ping, {});
  if (response.status() == 200) return {};  // it wants no credentials
  const std::vector<Challenge> challenges = challenges_of(response);
  std::string identity;
  std::string authorization;
  try {
    if (const Challenge* bearer = find(challenges, "bearer")) {
      TokenRequest request = token_request(*bearer);
      request.offline = true;
      const Token token = tokens_.get(request, true, stop);
      identity = token.refresh;
      authorization = "Bearer " + token.text;
    } else if (find(challenges, "basic") != nullptr) {
      authorization = basic_authorization(credentials_);
    } else {
      throw refusal_of(response);
    }
    http::Response accepted = send_once(root, ping, authorization);
    if (accepted.status() != 200) throw refusal_of(accepted);
  } catch (const Refusal& refusal) {
    if (refusal.status() != 401 && refusal.status() != 403) throw;
    fail(Kind::unauthorized, "login attempt to {} failed with status: {} {}", root.str(),
         refusal.status(), refusal.status() == 401 ? "Unauthorized" : "Forbidden");
  }
  return identity;
}

}  // namespace mydock::registry
