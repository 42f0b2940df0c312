#include "daemon/log_writer.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

namespace mydock::daemon {

namespace {

spdlog::level::level_enum level_of(log::Level level) {
  switch (level) {
    case log::Level::debug:
      return spdlog::level::debug;
    case log::Level::info:
      return spdlog::level::info;
    case log::Level::warn:
      return spdlog::level::warn;
    case log::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// A line holds names that an image or a client chose: no control character reaches the terminal.
std::string printable(std::string_view line) {
  std::string clean;
  for (const char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      clean += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      clean += c;
    }
  }
  return clean;
}

void write(log::Level level, std::string_view line) {
  spdlog::log(level_of(level), "{}", printable(line));
}

}  // namespace

void set_log_writer(log::Level least) {
  if (spdlog::get("mydockd") == nullptr)
    spdlog::set_default_logger(spdlog::stderr_color_mt("mydockd"));
  spdlog::set_level(spdlog::level::debug);
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %^%l%$ %v");
  log::set_writer(write, least);
}

}  // namespace mydock::daemon
