#pragma once

#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace mydock::log {

// The daemon's log. Programs that set no writer (CLI, shim, tests) lose what is logged; libraries
// throw and do not log, except for what a destructor could not undo.
enum class Level { debug, info, warn, error };

using Writer = void (*)(Level, std::string_view line);
// Call before the first thread starts. Lines below `least` are not even formatted.
void set_writer(Writer writer, Level least);
bool enabled(Level level);
void write(Level level, std::string_view line);

template <class... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::warn)) write(Level::warn, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::error)) write(Level::error, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace mydock::log
