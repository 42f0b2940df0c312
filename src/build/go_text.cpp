#include "build/go_text.h"

#include <fmt/core.h>

namespace mydock::build {

namespace {

std::string escaped(char c, char quote) {
  constexpr std::string_view kFrom = "\a\b\f\n\r\t\v";
  constexpr std::string_view kTo = "abfnrtv";
  if (c == quote || c == '\\') return {'\\', c};
  if (const auto at = kFrom.find(c); at != std::string_view::npos) return {'\\', kTo[at]};
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) return fmt::format("\\x{:02x}", byte);
  return std::string(1, c);
}

// Without the zeros at the end of the fraction.
std::string decimal(std::int64_t value, std::int64_t unit, std::string_view suffix) {
  std::string text = std::to_string(value / unit);
  if (const std::int64_t rest = value % unit; rest != 0) {
    std::string digits = std::to_string(unit + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + std::string(suffix);
}

}  // namespace

std::string go_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += escaped(c, '"');
  return out + "\"";
}

std::string go_quoted_list(const std::vector<std::string>& words) {
  std::string out = "[";
  for (const std::string& word : words) {
    if (out.size() > 1) out += ' ';
    out += go_quoted(word);
  }
  return out + "]";
}

std::string go_duration(std::int64_t nanoseconds) {
  constexpr std::int64_t kMicro = 1000;
  constexpr std::int64_t kMilli = 1000 * kMicro;
  constexpr std::int64_t kSecond = 1000 * kMilli;
  constexpr std::int64_t kMinute = 60 * kSecond;
  constexpr std::int64_t kHour = 60 * kMinute;
  if (nanoseconds == 0) return "0s";
  if (nanoseconds < kMicro) return std::to_string(nanoseconds) + "ns";
  if (nanoseconds < kMilli) return decimal(nanoseconds, kMicro, "µs");
  if (nanoseconds < kSecond) return decimal(nanoseconds, kMilli, "ms");
  std::string text;
  if (nanoseconds >= kHour) text += std::to_string(nanoseconds / kHour) + "h";
  if (nanoseconds >= kMinute) text += std::to_string(nanoseconds % kHour / kMinute) + "m";
  return text + decimal(nanoseconds % kMinute, kSecond, "s");
}

std::string go_quoted_healthcheck(const oci::Healthcheck& check) {
  std::string text = "&{" + go_quoted_list(check.test);
  for (const std::int64_t duration : {check.interval, check.timeout, check.start_period}) {
    text += " " + go_quoted(go_duration(duration));
  }
  // Newer than the classic builder: shown when it says something.
  if (check.start_interval != 0) text += " " + go_quoted(go_duration(check.start_interval));
  const bool small = check.retries >= 0 && check.retries < 128;
  return text + (small ? fmt::format(" '{}'}}", escaped(static_cast<char>(check.retries), '\''))
                       : fmt::format(" {}}}", check.retries));
}

}  // namespace mydock::build
