#include "oci/reference.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::oci {

namespace {

constexpr std::string_view kDefaultDomain = "docker.io";
constexpr std::string_view kLegacyDomain = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr std::size_t kLongestRepository = 255;
constexpr std::size_t kLongestTag = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool has_upper(std::string_view text) { return std::any_of(text.begin(), text.end(), is_upper); }

std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

bool is_domain_part(std::string_view part) {
  return !part.empty() && part.front() != '-' && part.back() != '-' &&
         std::all_of(part.begin(), part.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

// host[:port], or [address of IPv6][:port]
bool is_domain(std::string_view text) {
  std::size_t end = std::min(text.find(':'), text.size());  // of the host
  if (text.starts_with('[')) {
    end = text.find(']') + 1;
    if (end < 3) return false;  // also when there is none
    const std::string_view address = text.substr(1, end - 2);
    const bool good = std::all_of(address.begin(), address.end(), [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':';
    });
    if (!good) return false;
  } else {
    std::string_view host = text.substr(0, end);
    if (host.ends_with('.')) return false;
    do {
      if (!is_domain_part(take_until(host, '.'))) return false;
    } while (!host.empty());
  }
  const std::string_view port = text.substr(end);
  return port.empty() ||
         (port.size() > 1 && port[0] == ':' && std::all_of(port.begin() + 1, port.end(), is_digit));
}

// Lower-case letters and digits, with one of . _ __ or any number of - between two runs of them.
bool is_path_part(std::string_view part) {
  std::size_t i = 0;
  const auto run = [&] {
    const std::size_t start = i;
    while (i < part.size() && (is_digit(part[i]) || is_lower(part[i]))) ++i;
    return i > start;
  };
  if (!run()) return false;
  while (i < part.size()) {
    if (part[i] == '.') {
      ++i;
    } else if (part[i] == '_') {
      i += part.substr(i).starts_with("__") ? 2 : 1;
    } else if (part[i] == '-') {
      while (i < part.size() && part[i] == '-') ++i;
    } else {
      return false;
    }
    if (!run()) return false;
  }
  return true;
}

bool is_repository(std::string_view text) {
  if (text.empty() || text.ends_with('/')) return false;
  while (!text.empty()) {
    if (!is_path_part(take_until(text, '/'))) return false;
  }
  return true;
}

bool is_domain_like(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos ||
         has_upper(first);
}

[[noreturn]] void refuse() { fail(Kind::invalid, "invalid reference format"); }

struct Parts {
  std::string domain;
  std::string rest;
};
Parts split_domain(std::string_view text) {
  Parts parts{std::string(kDefaultDomain), std::string(text)};
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && is_domain_like(text.substr(0, slash))) {
    parts.domain = text.substr(0, slash);
    parts.rest = text.substr(slash + 1);
    if (parts.domain == kLegacyDomain) parts.domain = kDefaultDomain;
  }
  if (parts.domain == kDefaultDomain && parts.rest.find('/') == std::string::npos) {
    parts.rest.insert(0, kOfficial);
  }
  return parts;
}

Digest parse_digest(std::string_view text) {
  // Docker's grammar wants 32 hex digits at least; what is shorter is no digest at all.
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.size() - colon - 1 < 32) refuse();
  const bool hex = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(colon) + 1, text.end(),
                               [](char c) { return is_alnum(c); });
  if (!hex) refuse();
  return Digest::parse(text);
}

}  // namespace

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kLongestTag && (is_alnum(text[0]) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_full_id(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

Reference Reference::parse_name(std::string_view text) {
  if (is_full_id(text)) {
    fail(Kind::invalid, "invalid repository name ({}), cannot specify 64-byte hexadecimal strings",
         text);
  }
  const Parts parts = split_domain(text);
  std::string_view rest = parts.rest;
  const std::string_view before_tag = rest.substr(0, std::min(rest.find(':'), rest.size()));
  if (has_upper(before_tag)) {
    fail(Kind::invalid, "invalid reference format: repository name ({}) must be lowercase",
         before_tag);
  }
  Reference reference;
  reference.domain = parts.domain;
  const std::size_t at = rest.find('@');
  if (at != std::string_view::npos) {
    reference.digest = parse_digest(rest.substr(at + 1));
    rest = rest.substr(0, at);
  }
  const std::size_t colon = rest.find(':');
  if (colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    if (!is_tag(reference.tag)) refuse();
    rest = rest.substr(0, colon);
  }
  reference.repository = rest;
  if (!is_domain(reference.domain) || !is_repository(reference.repository)) refuse();
  if (reference.repository.size() > kLongestRepository) {
    fail(Kind::invalid,
         "invalid reference format: repository name must not be more than {} characters",
         kLongestRepository);
  }
  return reference;
}

Reference Reference::parse_familiar(std::string_view text) {
  Reference reference = parse_name(text);
  if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
  return reference;
}

std::string Reference::name() const { return domain + "/" + repository; }

std::string Reference::familiar_name() const {
  if (domain != kDefaultDomain) return name();
  const std::string_view path = repository;
  if (path.starts_with(kOfficial) && path.find('/', kOfficial.size()) == std::string_view::npos) {
    const std::string_view bare = path.substr(kOfficial.size());
    return is_full_id(bare) ? name() : std::string(bare);
  }
  // "localhost/x" on Docker Hub would be read as the registry of that name.
  return is_domain_like(path.substr(0, path.find('/'))) ? name() : repository;
}

namespace {
std::string with_tag_and_digest(std::string text, const Reference& reference) {
  if (!reference.tag.empty()) text += ":" + reference.tag;
  if (reference.digest) text += "@" + reference.digest->str();
  return text;
}
}  // namespace

std::string Reference::str() const { return with_tag_and_digest(name(), *this); }
std::string Reference::familiar() const { return with_tag_and_digest(familiar_name(), *this); }

}  // namespace mydock::oci
