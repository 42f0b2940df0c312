#include "image/healthcheck.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "image/words.h"

namespace mydock::image {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

std::int64_t duration_option(std::string_view name, std::string_view value) {
  const auto parsed = parse_duration(value);
  if (!parsed) fail(Kind::invalid, "time: invalid duration \"{}\"", value);
  if (*parsed != 0 && *parsed < kMillisecond) {
    fail(Kind::invalid, "Interval \"{}\" cannot be less than 1ms", name);
  }
  return *parsed;
}

void set_option(oci::Healthcheck& check, std::string_view name, std::string_view value) {
  if (name == "interval") {
    check.interval = duration_option(name, value);
  } else if (name == "timeout") {
    check.timeout = duration_option(name, value);
  } else if (name == "start-period") {
    check.start_period = duration_option(name, value);
  } else if (name == "start-interval") {
    check.start_interval = duration_option(name, value);
  } else if (name == "retries") {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), check.retries);
    if (error != std::errc() || end != value.data() + value.size() || check.retries < 0) {
      fail(Kind::invalid, "--retries cannot be negative (\"{}\")", value);
    }
  } else {
    fail(Kind::invalid, "Unknown flag: {}", name);
  }
}

}  // namespace

oci::Healthcheck parse_healthcheck(std::string_view rest) {
  oci::Healthcheck check;
  while (rest.starts_with("--")) {
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view option = rest.substr(2, end - 2);
    const auto equals = option.find('=');
    if (equals == std::string_view::npos)
      fail(Kind::invalid, "Missing a value on flag: {}", option);
    set_option(check, option.substr(0, equals), option.substr(equals + 1));
    rest = trimmed(rest.substr(end));
  }
  const auto blank = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view kind = rest.substr(0, blank);
  const std::string_view command = trimmed(rest.substr(blank));
  if (kind == "NONE" || kind == "none") {
    if (!command.empty()) fail(Kind::invalid, "HEALTHCHECK NONE takes no arguments");
    return {{"NONE"}, 0, 0, 0, 0, 0};
  }
  if (kind != "CMD" && kind != "cmd") {
    fail(Kind::invalid, "Unknown type \"{}\" in HEALTHCHECK (try CMD)", kind);
  }
  if (command.empty()) fail(Kind::invalid, "Missing command after HEALTHCHECK CMD");
  if (const auto list = json_list(command)) {
    check.test = {"CMD"};
    check.test.insert(check.test.end(), list->begin(), list->end());
  } else {
    check.test = {"CMD-SHELL", std::string(command)};
  }
  return check;
}

std::optional<std::vector<std::string>> json_list(std::string_view text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_array()) return std::nullopt;
  std::vector<std::string> list;
  for (const auto& item : parsed) {
    if (!item.is_string()) return std::nullopt;
    list.push_back(item.get<std::string>());
  }
  return list;
}

}  // namespace mydock::image
