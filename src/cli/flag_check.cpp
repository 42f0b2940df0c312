#include <array>
#include <charconv>
#include <cmath>

// The one file that includes it: it costs seconds.
#include <CLI/CLI.hpp>

#include "api/units.h"
#include "cli/arguments.h"
#include "cli/create/values.h"
#include "cli/format/units.h"
#include "cli/format/value.h"

namespace mydock::cli {

namespace {

// What Go's strconv says, or nothing.
std::string number_problem(std::string_view function, std::string_view text, std::int64_t least,
                           std::uint64_t most) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (negative || text.starts_with('+')) digits.remove_prefix(1);
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  const bool syntax = digits.empty() || stop != end || (negative && least == 0);
  if (syntax && error != std::errc::result_out_of_range) {
    return fmt::format("strconv.{}: parsing {}: invalid syntax", function, go_quote(text));
  }
  const std::uint64_t limit = negative ? static_cast<std::uint64_t>(-(least + 1)) + 1 : most;
  if (error == std::errc::result_out_of_range || number > limit) {
    return fmt::format("strconv.{}: parsing {}: value out of range", function, go_quote(text));
  }
  return {};
}

std::string boolean_problem(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kWords = {
      "1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"};
  if (std::find(kWords.begin(), kWords.end(), text) != kWords.end()) return {};
  return fmt::format("strconv.ParseBool: parsing {}: invalid syntax", go_quote(text));
}

std::string decimal_problem(const std::string& text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && stop == text.data() + text.size() && std::isfinite(value)) return {};
  return fmt::format("failed to parse {} as a rational number", text);
}

// What is left after the number is at fault if there is a number.
std::string size_problem(const std::string& text) {
  const std::size_t last = text.find_last_of("0123456789. ");
  if (last == std::string::npos || text.starts_with('-')) {
    return fmt::format("invalid size: '{}'", text);
  }
  const std::string number = text.substr(0, text[last] == ' ' ? last : last + 1);
  double value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || stop != number.data() + number.size()) {
    return fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", go_quote(number));
  }
  return fmt::format("invalid suffix: '{}'", text.substr(last + 1));
}

template <class F>
std::string problem_of(F&& parse) {
  try {
    parse();
    return {};
  } catch (const Error& error) {  // becomes the validator's answer
    return error.message();
  }
}

std::string problem(FlagType type, std::string_view name, const std::string& text) {
  switch (type) {
    case FlagType::boolean:
      return boolean_problem(text);
    case FlagType::integer:
      return number_problem("ParseInt", text, INT64_MIN, INT64_MAX);
    case FlagType::natural:
      return number_problem("ParseUint", text, 0, UINT64_MAX);
    case FlagType::natural16:
      return number_problem("ParseUint", text, 0, UINT16_MAX);
    case FlagType::decimal:
      return decimal_problem(text);
    case FlagType::bytes:
      if (api::parse_size(text) || (text == "-1" && name == "memory-swap")) return {};
      return size_problem(text);
    case FlagType::duration:
      if (parse_go_duration(text)) return {};
      return fmt::format("time: invalid duration {}", go_quote(text));
    case FlagType::filter:
      if (text.empty() || text.find('=') != std::string::npos) return {};
      return "bad format of filter (expected name=value)";
    case FlagType::mount:
      return problem_of([&] { parse_mount(text); });
    case FlagType::network:
      return problem_of([&] { parse_network(text); });
    case FlagType::ulimit:
      return problem_of([&] { parse_ulimit(text); });
    default:
      return problem_of([&] { check_list_value(name, text); });
  }
}

std::string display_name(const Flag& flag) {
  if (flag.short_name != 0) return fmt::format("-{}, --{}", flag.short_name, flag.name);
  return fmt::format("--{}", flag.name);
}

}  // namespace

// CLI11 defines and validates; its own grammar is not docker's, so it gets what parse_arguments
// made of the words, as `--name value` pairs, and only the flags that were given are defined.
void check_flags(const Command& command, const Flags& flags) {
  if (flags.given().empty()) return;
  CLI::App app{std::string(command.summary), std::string(command.name)};
  app.set_help_flag();
  for (const auto& [flag, value] : flags.given()) {
    const std::string name = "--" + std::string(flag->name);
    if (app.get_option_no_throw(name) == nullptr) {
      const Flag* const given = flag;
      const auto check = [given](const std::string& text) -> std::string {
        const std::string wrong = problem(given->type, given->name, text);
        if (wrong.empty()) return {};
        throw UsageError(fmt::format("invalid argument {} for {} flag: {}", go_quote(text),
                                     go_quote(display_name(*given)), wrong));
      };
      app.add_option(name)->allow_extra_args(false)->take_all()->check(
          CLI::Validator(check, std::string(value_word(given->type)), std::string(given->name)));
    }
  }
  std::vector<std::string> reversed;  // as CLI::App::parse wants it
  for (auto it = flags.given().rbegin(); it != flags.given().rend(); ++it) {
    reversed.push_back(it->second);
    reversed.push_back("--" + std::string(it->first->name));
  }
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::Error& error) {  // its exceptions end here
    throw UsageError(error.what());
  }
}

}  // namespace mydock::cli
