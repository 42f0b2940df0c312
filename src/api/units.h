#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mydock::api {

// docker/go-units: four significant digits, powers of 1000 ("1.5kB", "12.34MB") or 1024
// ("1.5KiB").
std::string human_size(double bytes);        // HumanSize
std::string human_size_short(double bytes);  // three digits: HumanSizeWithPrecision(…, 3)
std::string binary_size(double bytes);       // BytesSize
// "64m", "1.5g", "10kb", "512": bytes, in powers of 1024. No value: not a size.
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace mydock::api
