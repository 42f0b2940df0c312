#include "http/proxy.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include "base/base64.h"
#include "base/error.h"
#include "http/dial.h"
#include "http/target.h"

namespace mydock::http {

namespace {

std::string first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return {};
}

// One entry of NO_PROXY, as Go's httpproxy reads it.
bool is_exempt(std::string_view entry, const Url& url) {
  while (entry.starts_with(' ')) entry.remove_prefix(1);
  while (entry.ends_with(' ')) entry.remove_suffix(1);
  if (entry.empty()) return false;
  if (entry == "*") return true;
  if (in_network(url.host, entry)) return true;
  if (const std::size_t colon = entry.rfind(':');
      colon != entry.npos && entry.find(':') == colon) {  // with a port
    if (entry.substr(colon + 1) != std::to_string(url.port)) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) return url.host.ends_with(entry);
  return url.host == entry || url.host.ends_with("." + std::string(entry));
}

bool is_exempt_by(const std::string& list, const Url& url) {
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (is_exempt(rest.substr(0, comma), url)) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || in_network(host, "127.0.0.0/8") || in_network(host, "::1/128");
}

}  // namespace

ProxySettings ProxySettings::from_environment() {
  return {.http = first_of({"http_proxy", "HTTP_PROXY"}),
          .https = first_of({"https_proxy", "HTTPS_PROXY"}),
          .none = first_of({"no_proxy", "NO_PROXY"})};
}

std::optional<Proxy> find_proxy(const ProxySettings& settings, const Url& url) {
  std::string text = url.tls ? settings.https : settings.http;
  if (text.empty() || is_loopback(url.host) || is_exempt_by(settings.none, url)) {
    return std::nullopt;
  }
  if (text.find("://") == text.npos) text.insert(0, "http://");
  Proxy proxy;
  const std::size_t start = text.find("://") + 3;
  const std::size_t slash = std::min(text.find('/', start), text.size());
  if (const std::size_t at = text.rfind('@', slash); at != text.npos && at >= start) {
    const auto user = percent_decode(std::string_view(text).substr(start, at - start), false);
    if (!user) fail(Kind::invalid, "invalid proxy address: a bad escape");
    proxy.authorization = "Basic " + encode_base64(*user);
    text.erase(start, at + 1 - start);
  }
  proxy.url = in_context("invalid proxy address", [&] { return parse_url(text); });
  return proxy;
}

}  // namespace mydock::http
