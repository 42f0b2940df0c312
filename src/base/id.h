#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mydock {

// `digits` lower-case hex digits from the kernel's random source.
std::string random_hex(std::size_t digits);
// 64 hex digits; never 12 decimal digits first, since the short form becomes a host name.
std::string new_id();
bool is_id(std::string_view text);          // 64 lower-case hex digits
std::string short_id(std::string_view id);  // 12 digits, without "sha256:"

}  // namespace mydock
