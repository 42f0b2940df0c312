#include "api/json_stream.h"

#include <algorithm>
#include <array>

#include "api/units.h"
#include "base/error.h"

namespace mydock::api {

namespace {

constexpr std::size_t kPiece = std::size_t{16} << 10;

// Where the first JSON object or array in `text` ends; npos: it does not yet.
std::size_t value_end(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth <= 0) {
      return i + 1;
    }
  }
  return text.npos;
}

}  // namespace

ProgressMessage error_message(std::string_view message, std::int64_t code) {
  ProgressMessage line;
  line.error = message;
  line.error_detail = ErrorDetail{.code = code, .message = line.error};
  return line;
}

void write_message(Sink& sink, const ProgressMessage& message) {
  sink.write(to_json(message) + "\r\n");
}

std::optional<std::string> JsonLines::next() {
  for (;;) {
    // 0x1E begins a record of application/json-seq.
    const std::size_t first = buffer_.find_first_not_of(" \t\r\n\x1e");
    buffer_.erase(0, first == buffer_.npos ? buffer_.size() : first);
    if (const std::size_t end = value_end(buffer_); end != buffer_.npos) {
      std::string value = buffer_.substr(0, end);
      buffer_.erase(0, end);
      return value;
    }
    if (buffer_.size() > limit_) {
      fail(Kind::invalid, "a JSON value of a stream is longer than {} bytes", limit_);
    }
    if (ended_) {
      if (buffer_.empty()) return std::nullopt;
      fail(Kind::invalid, "unexpected EOF in a JSON stream");
    }
    std::array<std::byte, kPiece> piece{};
    const std::size_t count = source_.read(piece);
    ended_ = count == 0;
    buffer_ += as_text(ConstBytes(piece).first(count));
  }
}

std::string progress_bar(std::int64_t current, std::int64_t total, int columns) {
  if (current <= 0 && total <= 0) return {};
  const std::string now = human_size(static_cast<double>(current));
  if (total <= 0) return fmt::format("{:>8}", now);
  const std::int64_t percent = std::min<std::int64_t>(current * 100 / total / 2, 50);
  std::string bar;
  if (columns > 110) {
    bar = "[" + std::string(static_cast<std::size_t>(percent), '=') + ">";
    bar += std::string(static_cast<std::size_t>(50 - percent), ' ') + "] ";
  }
  if (current > total) return bar + fmt::format("{:>8}", now);
  return bar + fmt::format("{:>8}/{}", now, human_size(static_cast<double>(total)));
}

}  // namespace mydock::api
