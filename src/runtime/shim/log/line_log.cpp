#include "runtime/shim/log/line_log.h"

#include <algorithm>
#include <utility>

namespace mydock::runtime::shim {

namespace {

constexpr std::size_t kLongestLine = 16 * 1024;

// How much of `text` to take so that no UTF-8 character is cut in two.
std::size_t whole_characters(std::string_view text) {
  constexpr std::size_t kLongestCharacter = 4;
  for (std::size_t back = 1; back < kLongestCharacter && back < text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte < 0xC0) continue;  // in the middle of one
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

// Time only goes back where the clock was set back.
void LineLog::set_clock(Time now) {
  constexpr std::chrono::seconds kSetBack{1};
  if (now > next_ || now < next_ - kSetBack) next_ = now;
}

void LineLog::emit(Stream stream, std::string_view text, bool ends) {
  line({.stream = stream, .text = text, .ends = ends, .time = next_});
  next_ += std::chrono::nanoseconds(1);
}

void LineLog::write(Stream stream, std::string_view bytes, Time now) {
  set_clock(now);
  std::string& held = stream == Stream::out ? out_ : err_;
  while (!bytes.empty()) {
    const std::size_t room = kLongestLine - held.size();
    const std::string_view front = bytes.substr(0, room);
    const std::size_t newline = front.find('\n');
    const bool ends = newline != std::string_view::npos;
    if (!ends && bytes.size() < room) break;
    if (ends && held.empty()) {
      emit(stream, front.substr(0, newline), true);
    } else {
      held.append(ends ? front.substr(0, newline) : front);
      const std::size_t taken = ends ? held.size() : whole_characters(held);
      emit(stream, std::string_view(held).substr(0, taken), ends);
      held.erase(0, taken);
    }
    bytes.remove_prefix(ends ? newline + 1 : front.size());
  }
  held.append(bytes);
  if (held.empty() && held.capacity() > kLongestLine / 4) std::string().swap(held);
  flush();
}

void LineLog::finish(Stream stream, Time now) {
  std::string& held = stream == Stream::out ? out_ : err_;
  if (held.empty()) return;
  set_clock(now);
  emit(stream, held, false);
  std::string().swap(held);
  flush();
}

}  // namespace mydock::runtime::shim
