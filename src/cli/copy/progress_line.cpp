#include "cli/copy/progress_line.h"

#include "api/units.h"
#include "base/error.h"

namespace mydock::cli {

namespace {

constexpr std::chrono::milliseconds kInterval{100};
constexpr std::string_view kEraseLine = "\r\x1b[2K";

std::string size_text(std::uint64_t bytes) {
  return api::human_size_short(static_cast<double>(bytes));
}

}  // namespace

ProgressLine::ProgressLine(Console& console, std::string_view what, bool quiet)
    : console_(console),
      what_(what),
      quiet_(quiet),
      next_(std::chrono::steady_clock::now() + kInterval) {
  if (quiet_) return;
  console_.err_raw("Preparing to copy...");
  shown_ = true;
}

ProgressLine::~ProgressLine() {
  try {
    clear();
  } catch (const Error&) {  // nobody reads the terminal any more
  }
}

void ProgressLine::clear() {
  if (std::exchange(shown_, false)) console_.err_raw(kEraseLine);
}

void ProgressLine::add(std::size_t bytes) {
  bytes_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  if (quiet_ || now < next_) return;
  next_ = now + kInterval;
  console_.err_raw(fmt::format("{}{} - {}", kEraseLine, what_, size_text(bytes_)));
  shown_ = true;
}

void ProgressLine::finish(std::string_view where) {
  if (quiet_) return;
  clear();
  console_.err(fmt::format("Successfully copied {} to {}", size_text(bytes_), where));
}

}  // namespace mydock::cli
