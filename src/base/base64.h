#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mydock {

enum class Base64 { standard, url };  // the alphabet; padded always

std::string encode_base64(std::string_view bytes, Base64 alphabet = Base64::standard);
// Takes either alphabet, with or without padding, as what clients send varies. No value: neither.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace mydock
