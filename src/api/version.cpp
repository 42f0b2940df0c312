#include "api/version.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"

namespace mydock::api {

namespace {

std::optional<unsigned> parse_part(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

std::string ApiVersion::text() const { return fmt::format("{}.{}", major, minor); }

std::optional<ApiVersion> ApiVersion::parse(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == text.npos) return std::nullopt;
  const auto major = parse_part(text.substr(0, dot));
  const auto minor = parse_part(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return ApiVersion{*major, *minor};
}

VersionedPath split_version(std::string_view path) {
  const VersionedPath whole{.version = kAdvertised, .path = path};
  if (!path.starts_with("/v")) return whole;
  const std::size_t slash = path.find('/', 1);
  const std::string_view text = path.substr(2, slash == path.npos ? slash : slash - 2);
  const auto version = ApiVersion::parse(text);
  if (!version || slash == path.npos) return whole;
  if (*version < kMin) {
    fail(Kind::invalid,
         "client version {} is too old. Minimum supported API version is {}, please upgrade your "
         "client to a newer version",
         text, kMin.text());
  }
  if (*version > kMaxAccepted) {
    fail(Kind::invalid, "client version {} is too new. Maximum supported API version is {}", text,
         kMaxAccepted.text());
  }
  return {.version = *version, .path = path.substr(slash)};
}

void require_version(ApiVersion asked, ApiVersion since, std::string_view method,
                     std::string_view path) {
  if (asked >= since) return;
  fail(Kind::invalid, "{} {} requires minimum API version {}", method, path, since.text());
}

}  // namespace mydock::api
