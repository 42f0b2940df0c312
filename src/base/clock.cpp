#include "base/clock.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>

#include <fmt/core.h>

namespace mydock {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

// Reads exactly `digits` decimal digits from the front of `text`.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || text[0] == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" -> 500 ms in nanoseconds; digits past the ninth are dropped.
bool take_fraction(std::string_view& text, std::int64_t& nanos) {
  nanos = 0;
  std::int64_t unit = 100'000'000;
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    nanos += unit * (text[count] - '0');
    unit /= 10;
    ++count;
  }
  text.remove_prefix(count);
  return count > 0;
}

std::string date_and_seconds(Time time) {
  const std::time_t whole = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(
          std::chrono::floor<seconds>(time)));
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::int64_t fraction_of(Time time) { return (time - std::chrono::floor<seconds>(time)).count(); }

}  // namespace

Time now() { return std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now()); }

std::string to_rfc3339(Time time) {
  if (time == Time{}) return "0001-01-01T00:00:00Z";
  std::string text = date_and_seconds(time);
  if (const std::int64_t nanos = fraction_of(time); nanos != 0) {
    text += fmt::format(".{:09}", nanos);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

std::string to_rfc3339_fixed(Time time) {
  return fmt::format("{}.{:09}Z", date_and_seconds(time), fraction_of(time));
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  std::tm parts{};
  if (!take_number(text, 4, parts.tm_year) || !take(text, '-') ||
      !take_number(text, 2, parts.tm_mon) || !take(text, '-') ||
      !take_number(text, 2, parts.tm_mday) || !(take(text, 'T') || take(text, 't')) ||
      !take_number(text, 2, parts.tm_hour) || !take(text, ':') ||
      !take_number(text, 2, parts.tm_min) || !take(text, ':') ||
      !take_number(text, 2, parts.tm_sec)) {
    return std::nullopt;
  }
  if (parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 ||
      parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60) {
    return std::nullopt;
  }
  std::int64_t nanos = 0;
  if (take(text, '.') && !take_fraction(text, nanos)) return std::nullopt;
  std::int64_t offset = 0;
  if (!take(text, 'Z') && !take(text, 'z')) {
    const bool west = text.starts_with('-');
    int hours = 0;
    int minutes = 0;
    if ((!take(text, '+') && !take(text, '-')) || !take_number(text, 2, hours) ||
        !take(text, ':') || !take_number(text, 2, minutes)) {
      return std::nullopt;
    }
    offset = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  if (!text.empty()) return std::nullopt;
  if (parts.tm_year == 1 && parts.tm_mon == 1 && parts.tm_mday == 1) return Time{};
  if (parts.tm_year < 1700 || parts.tm_year > 2260)
    return std::nullopt;  // what 64 bits of ns can hold
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return Time{seconds{::timegm(&parts) - offset} + nanoseconds{nanos}};
}

std::optional<Time> parse_unix_seconds(std::string_view text) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error != std::errc{} || whole > 9'000'000'000 || whole < -9'000'000'000) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::int64_t nanos = 0;
  if (take(text, '.') && !take_fraction(text, nanos)) return std::nullopt;
  if (!text.empty()) return std::nullopt;
  return Time{seconds{whole} + nanoseconds{nanos}};
}

std::string human_duration(nanoseconds duration) {
  const std::int64_t secs = std::chrono::duration_cast<seconds>(duration).count();
  if (secs < 1) return "Less than a second";
  if (secs == 1) return "1 second";
  if (secs < 60) return fmt::format("{} seconds", secs);
  const std::int64_t minutes = secs / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return fmt::format("{} minutes", minutes);
  const auto hours = static_cast<std::int64_t>(std::llround(static_cast<double>(secs) / 3600.0));
  if (hours == 1) return "About an hour";
  if (hours < 48) return fmt::format("{} hours", hours);
  if (hours < 24 * 7 * 2) return fmt::format("{} days", hours / 24);
  if (hours < 24 * 30 * 2) return fmt::format("{} weeks", hours / 24 / 7);
  if (hours < 24 * 365 * 2) return fmt::format("{} months", hours / 24 / 30);
  return fmt::format("{} years", hours / 24 / 365);
}

}  // namespace mydock
