#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/go_time.h"

namespace mydock::cli {

using api::go_duration;
using api::parse_go_duration;

// "2024-01-01 12:00:00 +0000 UTC" in the local zone; `nanoseconds` adds the fraction.
std::string go_time_text(std::int64_t unix_seconds);
std::string go_time_text(std::int64_t unix_seconds, std::int64_t nanoseconds);
// "2024-01-01T12:00:00.000000001+02:00", nine digits always, in the local zone.
std::string go_local_time(std::int64_t unix_nanoseconds);
// What since/until take: a duration back from now, RFC 3339 or a part of it, or Unix seconds.
// The answer is Unix seconds with nine fraction digits. Errors: invalid.
std::string timestamp_query(std::string_view text);

}  // namespace mydock::cli
