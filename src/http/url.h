#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mydock::http {

// Of http or https, and nothing else.
struct Url {
  bool tls = true;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string target = "/";  // path and query, as sent

  std::string authority() const;  // "host", "host:5000", "[::1]:5000": without the usual port
  std::string origin() const;     // "https://host:5000"
  std::string str() const { return origin() + target; }
  bool same_origin(const Url& other) const;
  bool operator==(const Url&) const = default;
};

// Errors: invalid: another scheme, user and password, blanks or control characters, a bad port. A
// fragment is dropped.
Url parse_url(std::string_view text);
// What a Location header means that came with an answer of `base`. Errors: invalid.
Url resolve_url(const Url& base, std::string_view location);
// Host and port of "host", "host:1", "[::1]:1". Errors: invalid.
Url parse_authority(std::string_view authority, bool tls);
// With a further "name=value" in its query.
std::string with_query(std::string target, std::string_view name, std::string_view value);
// All but the unreserved characters of RFC 3986, and those in `also_plain`.
std::string escape_url(std::string_view text, std::string_view also_plain = {});

}  // namespace mydock::http
