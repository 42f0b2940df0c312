#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace mydock::api {

// A version of Docker's HTTP API, "1.51"; each part compares as a number, so 1.9 < 1.24.
struct ApiVersion {
  unsigned major = 1;
  unsigned minor = 0;

  auto operator<=>(const ApiVersion&) const = default;
  std::string text() const;
  // "1.51"; no value for anything else.
  static std::optional<ApiVersion> parse(std::string_view text);
};

inline constexpr ApiVersion kMin{1, 24};          // older clients get 400
inline constexpr ApiVersion kMaxAccepted{1, 56};  // newer clients get 400
inline constexpr ApiVersion kAdvertised{1, 51};   // what an unversioned request is served as

// A request's path: "/v1.41/containers/json" is {1.41, "/containers/json"}. Without a prefix the
// version is kAdvertised and the path is unchanged. Errors: invalid, with Docker's text, for a
// version outside [kMin, kMaxAccepted]. "/vfoo/x" is not a prefix: no route will match it.
struct VersionedPath {
  ApiVersion version = kAdvertised;
  std::string_view path;
};
VersionedPath split_version(std::string_view path);

// Fails with Docker's text ("POST /x requires minimum API version 1.25") when `asked` < `since`.
void require_version(ApiVersion asked, ApiVersion since, std::string_view method,
                     std::string_view path);

}  // namespace mydock::api
