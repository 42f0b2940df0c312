#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mydock::api {

// Go's time.ParseDuration: "1h2m3.5s", "-1ms". No value when it is not a duration.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);
// Go's Duration.String().
std::string go_duration(std::chrono::nanoseconds duration);
// What since, until and the filter "until" take: a duration back from `at`, RFC 3339 or a part of
// it (in the local zone), or Unix seconds. No value: none of these.
std::optional<Time> parse_timestamp(std::string_view text, Time at);

}  // namespace mydock::api
