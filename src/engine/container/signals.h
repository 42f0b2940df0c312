#pragma once

#include <optional>
#include <string_view>

namespace mydock::engine {

// "9", "KILL", "SIGKILL", "rtmin+3". No value: no such signal on Linux (also 0).
std::optional<int> parse_signal(std::string_view text);

}  // namespace mydock::engine
