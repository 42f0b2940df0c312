#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mydock {

// Nanoseconds since 1970 in UTC. The epoch itself means "never": Docker's zero time.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

Time now();
// Go's RFC3339Nano: "2024-01-01T00:00:01.5Z", trailing zeros cut; "0001-01-01T00:00:00Z" for never.
std::string to_rfc3339(Time time);
// With nine digits always, as docker logs --timestamps prints.
std::string to_rfc3339_fixed(Time time);
// Any offset, any number of fraction digits; no value when it is not RFC 3339.
std::optional<Time> parse_rfc3339(std::string_view text);
// Unix seconds with up to nine fraction digits: "1700000000.5". No value when it is not that.
std::optional<Time> parse_unix_seconds(std::string_view text);
// Docker's words for a length of time: "Less than a second", "About a minute", "3 weeks", …
std::string human_duration(std::chrono::nanoseconds duration);

}  // namespace mydock
