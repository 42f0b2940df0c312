#include "registry/hosts.h"

#include <cctype>

#include <fmt/format.h>

#include "base/error.h"
#include "http/dial.h"

namespace mydock::registry {

namespace {

constexpr int kMostRedirects = 10;
constexpr std::chrono::seconds kPingTime{15};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// "GET" -> "Get", as Go's http.Client names what failed.
std::string word_of(const std::string& method) {
  std::string word = method;
  for (std::size_t i = 1; i < word.size(); ++i) {
    word[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(word[i])));
  }
  return word;
}

void drop_header(http::Headers& headers, std::string_view name) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace

Hosts::Hosts(Configuration configuration) : configuration_(std::move(configuration)) {}

std::shared_ptr<http::Outbound> Hosts::outbound_for(const http::Url& url) {
  const std::string key = url.origin();
  {
    Lock lock(mutex_);
    if (const auto found = outbounds_.find(key); found != outbounds_.end()) return found->second;
  }
  http::TlsOptions tls = tls_options(configuration_, url);  // these two look at files and names
  if (url.tls) tls.verify = !is_insecure(configuration_, url) || !tls.authorities.empty();
  auto made = std::make_shared<http::Outbound>(std::move(tls), configuration_.proxies);
  Lock lock(mutex_);
  return outbounds_.emplace(key, std::move(made)).first->second;
}

http::Response Hosts::request(const http::Url& url, const http::Outgoing& outgoing) {
  http::Outgoing sent = outgoing;
  sent.headers.emplace_back("User-Agent", configuration_.user_agent);
  // Without the query: what a redirect leads to is often signed there.
  const std::string shown = url.origin() + url.target.substr(0, url.target.find('?'));
  try {
    return in_context(fmt::format("{} \"{}\"", word_of(outgoing.method), shown),
                      [&] { return outbound_for(url)->request(url, sent); });
  } catch (const Error& error) {
    // A registry that hangs up or talks nonsense is neither our failure nor our client's.
    if (error.kind() != Kind::unavailable && error.kind() != Kind::invalid) throw;
    throw Error(Kind::system, error.message(), error.error_number());
  }
}

void Hosts::check_redirect(const http::Url& from, const http::Url& to) {
  if (from.tls && !to.tls) {
    fail(Kind::system, "redirect from https to http refused: {}", to.origin());
  }
  if (from.same_origin(to)) return;
  for (const std::string& address : http::addresses_of(to.host)) {
    // Where clouds give out machine credentials: no registry's blobs are there.
    if (http::in_network(address, "169.254.0.0/16") || http::in_network(address, "fe80::/10")) {
      fail(Kind::system, "redirect to a link-local address refused: {}", to.origin());
    }
  }
}

http::Response Hosts::follow(http::Url url, http::Outgoing outgoing) {
  for (int hops = 0; hops <= kMostRedirects; ++hops) {
    http::Response response = request(url, outgoing);
    if (!is_redirect(response.status())) return response;
    const std::string location = response.header("Location");
    if (location.empty()) return response;
    const http::Url next = in_context(fmt::format("redirect from {}", url.origin()),
                                      [&] { return http::resolve_url(url, location); });
    check_redirect(url, next);
    if (!next.same_origin(url)) {
      drop_header(outgoing.headers, "Authorization");
      drop_header(outgoing.headers, "Cookie");
    }
    url = next;
  }
  fail(Kind::system, "Get \"{}\": stopped after {} redirects", url.origin(), kMostRedirects);
}

bool Hosts::speaks_tls(const http::Url& url, const std::stop_token& stop) {
  try {
    http::Url ping = url;
    ping.target = "/v2/";
    http::Outgoing outgoing;
    outgoing.stop = stop;
    outgoing.deadline = deadline_after(kPingTime);
    request(ping, outgoing);
    return true;
  } catch (const Error& error) {  // then it is http's turn, whose own error will be told
    const bool bad_certificate = error.message().find("x509:") != std::string::npos;
    if (error.kind() == Kind::cancelled || bad_certificate) throw;
    return false;
  }
}

http::Url Hosts::base_of(const std::string& domain, const std::stop_token& stop) {
  const http::Url secure =
      http::parse_authority(domain == kHub ? kHubApi : std::string_view(domain), true);
  {
    Lock lock(mutex_);
    if (const auto found = bases_.find(domain); found != bases_.end()) return found->second;
  }
  // Nothing is kept of one that may be http: tomorrow it may have learnt TLS.
  if (!is_insecure(configuration_, secure) || speaks_tls(secure, stop)) {
    Lock lock(mutex_);
    return bases_.emplace(domain, secure).first->second;
  }
  return http::parse_authority(domain, false);
}

}  // namespace mydock::registry
