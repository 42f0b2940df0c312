#include "engine/image/progress_lines.h"

namespace mydock::engine {

void ProgressLines::layer(std::string_view id, std::string_view status, std::uint64_t current,
                          std::uint64_t total) {
  api::ProgressMessage message;
  message.id = id;
  message.status = status;
  message.progress_detail =
      api::ProgressDetail{static_cast<std::int64_t>(current), static_cast<std::int64_t>(total)};
  message.progress =
      api::progress_bar(message.progress_detail->current, message.progress_detail->total);
  use_(message);
}

void ProgressLines::status(std::string_view id, std::string_view text) {
  api::ProgressMessage message;
  message.id = id;
  message.status = text;
  use_(message);
}

void ProgressLines::message(std::string_view text) {
  api::ProgressMessage message;
  message.stream = text;
  use_(message);
}

}  // namespace mydock::engine
