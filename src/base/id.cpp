#include "base/id.h"

#include <sys/random.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace mydock {

std::string random_hex(std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::vector<unsigned char> bytes((digits + 1) / 2);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (count < 0 && errno == EINTR) continue;
    filled += static_cast<std::size_t>(check(count, "get random bytes"));
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  text.resize(digits);
  return text;
}

std::string new_id() {
  while (true) {
    std::string id = random_hex(64);
    if (!std::all_of(id.begin(), id.begin() + 12, [](char c) { return c <= '9'; })) return id;
  }
}

bool is_id(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string short_id(std::string_view id) {
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  return std::string(id.substr(0, 12));
}

}  // namespace mydock
