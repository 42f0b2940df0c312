#include "api/go_time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

namespace mydock::api {

namespace {

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct DurationUnit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array kDurationUnits = {
    DurationUnit{"ns", 1},     DurationUnit{"us", 1e3}, DurationUnit{"µs", 1e3},
    DurationUnit{"ms", 1e6},   DurationUnit{"s", 1e9},  DurationUnit{"m", 6e10},
    DurationUnit{"h", 3.6e12},
};

const DurationUnit* find_unit(std::string_view name) {
  for (const DurationUnit& unit : kDurationUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::string trim_fraction(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const std::size_t end = text.find_first_of("0123456789.", digits);
    const auto number = parse_decimal(text.substr(0, digits));
    const auto* unit =
        find_unit(text.substr(digits, end == std::string_view::npos ? end : end - digits));
    if (!number || unit == nullptr) return std::nullopt;
    total += *number * unit->nanoseconds;
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  if (total > 9.2e18) return std::nullopt;
  const auto count = static_cast<std::int64_t>(std::llround(total));
  return std::chrono::nanoseconds(negative ? -count : count);
}

std::string go_duration(std::chrono::nanoseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const std::string sign = count < 0 ? "-" : "";
  const auto size = static_cast<std::uint64_t>(count < 0 ? -count : count);
  const auto value = static_cast<double>(size);
  if (size < 1000) return fmt::format("{}{}ns", sign, size);
  if (size < 1000000) return sign + trim_fraction(fmt::format("{:.3f}", value / 1e3)) + "µs";
  if (size < 1000000000) return sign + trim_fraction(fmt::format("{:.6f}", value / 1e6)) + "ms";
  const std::uint64_t seconds = size / 1000000000;
  const double rest =
      static_cast<double>(seconds % 60) + static_cast<double>(size % 1000000000) / 1e9;
  std::string out = trim_fraction(fmt::format("{:.9f}", rest)) + "s";
  if (seconds >= 60) out = fmt::format("{}m{}", seconds / 60 % 60, out);
  if (seconds >= 3600) out = fmt::format("{}h{}", seconds / 3600, out);
  return sign + out;
}

std::optional<Time> parse_timestamp(std::string_view text, Time at) {
  if (const auto duration = parse_go_duration(text); duration && text != "0") {
    return at - *duration;
  }
  if (const auto seconds = parse_unix_seconds(text)) return seconds;
  static constexpr std::string_view kWhole = "0000-01-01T00:00:00";
  if (text.size() < 10 || text[4] != '-') return std::nullopt;
  if (const auto time = parse_rfc3339(text)) return time;
  std::string full(text);
  if (full.ends_with('Z')) full.pop_back();
  if (full.size() < kWhole.size()) full += kWhole.substr(full.size());
  std::tm parts{};
  const char* rest = strptime(full.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || (*rest != '\0' && *rest != '.')) return std::nullopt;
  parts.tm_isdst = -1;
  const std::time_t seconds = text.ends_with('Z') ? timegm(&parts) : mktime(&parts);
  return Time(std::chrono::seconds(seconds));
}

}  // namespace mydock::api
