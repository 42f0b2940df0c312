#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mydock::cli {

// Go's time.ParseDuration: "1h2m3.5s", "-1ms". No value when it is not a duration.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);
// Go's Duration.String().
std::string go_duration(std::chrono::nanoseconds duration);

// "2024-01-01 12:00:00 +0000 UTC" in the local zone; `nanoseconds` adds the fraction.
std::string go_time_text(std::int64_t unix_seconds);
std::string go_time_text(std::int64_t unix_seconds, std::int64_t nanoseconds);
// "2024-01-01T12:00:00.000000001+02:00", nine digits always, in the local zone.
std::string go_local_time(std::int64_t unix_nanoseconds);
// What since/until take: a duration back from now, RFC 3339 or a part of it, or Unix seconds.
// The answer is Unix seconds with nine fraction digits. Errors: invalid.
std::string timestamp_query(std::string_view text);

}  // namespace mydock::cli
