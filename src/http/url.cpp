#include "http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"

namespace mydock::http {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void check_characters(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '"' || c == '<' || c == '>' ||
        c == '\\') {
      fail(Kind::invalid, "invalid character in a URL");
    }
  }
}

std::string remove_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(end);
    if (part == "/..") {
      out.erase(std::min(out.rfind('/'), out.size()));
      if (path.empty()) out += '/';
    } else if (part != "/.") {
      out += part;
    } else if (path.empty()) {
      out += '/';
    }
  }
  return out.empty() ? "/" : out;
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') != host.npos ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) text += fmt::format(":{}", port);
  return text;
}

std::string Url::origin() const { return (tls ? "https://" : "http://") + authority(); }

bool Url::same_origin(const Url& other) const {
  return tls == other.tls && host == other.host && port == other.port;
}

Url parse_authority(std::string_view authority, bool tls) {
  check_characters(authority);
  Url url{.tls = tls, .host = {}, .port = static_cast<std::uint16_t>(tls ? 443 : 80)};
  if (authority.find('@') != authority.npos) fail(Kind::invalid, "a URL with user information");
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos) fail(Kind::invalid, "missing ']' in host");
    url.host = lower(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = lower(authority.substr(0, colon));
    port = authority.substr(colon);
  }
  if (url.host.empty()) fail(Kind::invalid, "no host in URL");
  if (port.empty()) return url;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  if (port[0] != ':' || error != std::errc{} || end != port.data() + port.size() || number == 0 ||
      number > 65535) {
    fail(Kind::invalid, "invalid port \"{}\" after host", port);
  }
  url.port = static_cast<std::uint16_t>(number);
  return url;
}

Url parse_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  const std::string scheme = lower(text.substr(0, std::min(scheme_end, text.size())));
  if (scheme_end == text.npos || (scheme != "http" && scheme != "https")) {
    fail(Kind::invalid, "unsupported protocol scheme in URL");
  }
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));
  check_characters(text);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  Url url = parse_authority(text.substr(0, end), scheme == "https");
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

Url resolve_url(const Url& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  if (location.find("://") < location.find_first_of("/?")) return parse_url(location);
  if (location.starts_with("//")) {
    return parse_url((base.tls ? "https:" : "http:") + std::string(location));
  }
  check_characters(location);
  Url url = base;
  const std::string base_path = base.target.substr(0, base.target.find('?'));
  if (location.starts_with('/')) {
    url.target = location;
  } else if (location.starts_with('?') || location.empty()) {
    url.target = base_path + std::string(location);
  } else {
    const std::size_t query = std::min(location.find('?'), location.size());
    url.target = base_path.substr(0, base_path.rfind('/') + 1);
    url.target += location.substr(0, query);
    url.target = remove_dots(url.target) + std::string(location.substr(query));
  }
  return url;
}

std::string with_query(std::string target, std::string_view name, std::string_view value) {
  target += target.find('?') == target.npos ? '?' : '&';
  target += name;
  target += '=';
  target += escape_url(value);
  return target;
}

std::string escape_url(std::string_view text, std::string_view also_plain) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' ||
                       c == '_' || c == '~' || also_plain.find(c) != also_plain.npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace mydock::http
