#include "api/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace mydock::api {

namespace {

constexpr std::array<std::string_view, 9> kDecimal = {"B",  "kB", "MB", "GB", "TB",
                                                      "PB", "EB", "ZB", "YB"};
constexpr std::array<std::string_view, 9> kBinary = {"B",   "KiB", "MiB", "GiB", "TiB",
                                                     "PiB", "EiB", "ZiB", "YiB"};

// Go's %.<digits>g, and the unit.
std::string scaled(double size, double base, std::span<const std::string_view> units, int digits) {
  std::size_t i = 0;
  while (size >= base && i + 1 < units.size()) {
    size /= base;
    ++i;
  }
  return fmt::format("{:.{}g}{}", size, digits, units[i]);
}

}  // namespace

std::string human_size(double bytes) { return scaled(bytes, 1000, kDecimal, 4); }
std::string human_size_short(double bytes) { return scaled(bytes, 1000, kDecimal, 3); }
std::string binary_size(double bytes) { return scaled(bytes, 1024, kBinary, 4); }

std::optional<std::int64_t> parse_size(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || number < 0 || !std::isfinite(number)) return std::nullopt;
  std::string unit(stopped, end);
  if (unit.starts_with(' ')) unit.erase(0, 1);
  for (char& c : unit) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (unit.ends_with("b")) unit.pop_back();
  if (unit.ends_with("i")) unit.pop_back();
  constexpr std::string_view kPowers = "kmgtp";
  int power = 0;
  if (!unit.empty()) {
    const std::size_t found = kPowers.find(unit);
    if (unit.size() != 1 || found == kPowers.npos) return std::nullopt;
    power = static_cast<int>(found) + 1;
  }
  const double bytes = number * std::pow(1024.0, power);
  if (bytes >= 9.2e18) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

}  // namespace mydock::api
