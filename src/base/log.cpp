#include "base/log.h"

#include <atomic>

namespace mydock::log {

namespace {

// The one process-wide setting: set once in main, read everywhere, so that no signature carries it.
std::atomic<Writer> the_writer{nullptr};
std::atomic<Level> the_least{Level::info};

}  // namespace

void set_writer(Writer writer, Level least) {
  the_least = least;
  the_writer = writer;
}

bool enabled(Level level) { return the_writer.load() != nullptr && level >= the_least.load(); }

void write(Level level, std::string_view line) {
  if (const Writer writer = the_writer.load()) writer(level, line);
}

}  // namespace mydock::log
