#include "cli/format/units.h"

#include <array>
#include <ctime>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"

namespace mydock::cli {

namespace {

std::string trim_fraction(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string go_time_text(std::int64_t unix_seconds) { return go_time_text(unix_seconds, 0); }

std::string go_time_text(std::int64_t unix_seconds, std::int64_t nanoseconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 64> day{};
  std::array<char, 64> zone{};
  std::strftime(day.data(), day.size(), "%Y-%m-%d %H:%M:%S", &local);
  std::strftime(zone.data(), zone.size(), "%z %Z", &local);
  std::string fraction;
  if (nanoseconds != 0) fraction = trim_fraction(fmt::format(".{:09}", nanoseconds));
  return fmt::format("{}{} {}", day.data(), fraction, zone.data());
}

std::string go_local_time(std::int64_t unix_nanoseconds) {
  const auto seconds = static_cast<std::time_t>(unix_nanoseconds / 1000000000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 64> day{};
  std::array<char, 16> zone{};
  std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &local);
  std::strftime(zone.data(), zone.size(), "%z", &local);
  std::string offset = zone.data();
  offset = offset == "+0000" ? "Z" : offset.insert(3, ":");
  return fmt::format("{}.{:09}{}", day.data(), unix_nanoseconds % 1000000000, offset);
}

std::string timestamp_query(std::string_view text) {
  if (parse_unix_seconds(text)) return std::string(text);
  const auto time = api::parse_timestamp(text, now());
  if (!time) fail(Kind::invalid, "failed to parse value as time or duration: \"{}\"", text);
  const std::int64_t count = time->time_since_epoch().count();
  return fmt::format("{}.{:09}", count / 1000000000, count % 1000000000);
}

}  // namespace mydock::cli
