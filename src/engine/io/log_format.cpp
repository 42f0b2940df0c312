#include "engine/io/log_format.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kLongestRecord = std::size_t{1} << 20;

// ---- json-file

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// The inside of a JSON string up to its quote, with the few escapes that the writer makes. False:
// something else is in it.
bool take_string(std::string_view& text, std::string& out) {
  for (;;) {
    const std::size_t plain = std::min(text.find_first_of("\"\\"), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return false;
    if (take(text, "\"")) return true;
    const char kind = text.size() > 1 ? text[1] : '\0';
    if (kind == 'n') {
      out += '\n';
    } else if (kind == 'r') {
      out += '\r';
    } else if (kind == '"' || kind == '\\') {
      out += kind;
    } else {
      return false;
    }
    text.remove_prefix(2);
  }
}

// What nearly all lines look like: {"log":"…","stream":"…","time":"…"}.
std::optional<LogLine> quick_line(std::string_view text) {
  LogLine line;
  std::string time;
  const bool usual = take(text, "{\"log\":\"") && take_string(text, line.log) &&
                     take(text, ",\"stream\":\"") && take_string(text, line.stream) &&
                     take(text, ",\"time\":\"") && take_string(text, time) && text == "}";
  if (!usual) return std::nullopt;
  const auto parsed = parse_rfc3339(time);
  if (!parsed) return std::nullopt;
  line.time = *parsed;
  return line;
}

std::optional<LogLine> take_json(std::string_view& text) {
  for (;;) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view record = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (record.empty()) continue;
    if (auto line = quick_line(record)) return line;
    return from_json<LogLine>(record);
  }
}

off_t json_tail(const Fd& file, off_t size, std::uint64_t& lines) {
  std::array<char, kPiece> piece{};
  off_t end = size;
  bool at_last_byte = true;
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(piece.size()));
    const auto want = static_cast<std::size_t>(end - begin);
    const ssize_t got = check(::pread(file.get(), piece.data(), want, begin), "read a log");
    for (ssize_t i = got - 1; i >= 0; --i) {
      const bool newline = piece[static_cast<std::size_t>(i)] == '\n';
      // The newline at the very end closes the last line; every other one closes the line before.
      if (newline && !at_last_byte && --lines == 0) return begin + i + 1;
      at_last_byte = false;
    }
    end = begin;
  }
  if (size > 0) --lines;
  return 0;
}

// ---- local: see runtime/shim/log/file_log.h

std::uint64_t number_at(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes; i-- > 0;) {
    number = number << 8U | static_cast<unsigned char>(text[at + i]);
  }
  return number;
}

constexpr std::size_t kLength = 4;
constexpr std::size_t kHead = 9;

// The body of the record at `text`'s front. No value: it is not whole.
std::optional<std::string_view> take_body(std::string_view& text) {
  if (text.size() < kLength) return std::nullopt;
  const std::size_t length = number_at(text, 0, kLength);
  if (length < kHead || length > kLongestRecord) fail(Kind::invalid, "the log is damaged");
  if (text.size() < length + 2 * kLength) return std::nullopt;
  const std::string_view body = text.substr(kLength, length);
  text.remove_prefix(length + 2 * kLength);
  return body;
}

std::optional<LogLine> take_local(std::string_view& text) {
  const auto body = take_body(text);
  if (!body) return std::nullopt;
  LogLine line;
  line.time = Time(std::chrono::nanoseconds(static_cast<std::int64_t>(number_at(*body, 0, 8))));
  const std::uint64_t flags = number_at(*body, 8, 1);
  line.stream = (flags & 1U) != 0 ? "stderr" : "stdout";
  line.log = body->substr(kHead);
  if ((flags & 2U) == 0) line.log += '\n';
  return line;
}

// Forwards, since the last record may be there by half while it is written: counts all records, and
// then leaves those at the front out.
off_t local_tail(const Fd& file, off_t size, std::uint64_t& lines) {
  const auto walk = [&](std::uint64_t most, off_t& at) {
    std::string buffer;
    std::uint64_t count = 0;
    at = 0;
    off_t read_to = 0;
    while (count < most) {
      std::string_view text = buffer;
      while (count < most && take_body(text)) ++count;
      at += static_cast<off_t>(buffer.size() - text.size());
      buffer.erase(0, buffer.size() - text.size());
      const std::size_t old = buffer.size();
      buffer.resize(old + kPiece);
      const ssize_t got =
          check(::pread(file.get(), buffer.data() + old, kPiece, read_to), "read a log");
      buffer.resize(old + static_cast<std::size_t>(got));
      read_to += got;
      if (got == 0 || read_to > size + static_cast<off_t>(kPiece)) break;
    }
    return count;
  };
  off_t at = 0;
  const std::uint64_t all = walk(UINT64_MAX, at);
  if (all <= lines) {
    lines -= all;
    return 0;
  }
  walk(all - std::exchange(lines, 0), at);
  return at;
}

}  // namespace

std::optional<LogLine> take_record(ReadableLog::Format format, std::string_view& text) {
  return format == ReadableLog::Format::json ? take_json(text) : take_local(text);
}

off_t tail_offset(ReadableLog::Format format, const Fd& file, std::uint64_t& lines) {
  struct stat found {};
  check(::fstat(file.get(), &found), "stat a log");
  return format == ReadableLog::Format::json ? json_tail(file, found.st_size, lines)
                                             : local_tail(file, found.st_size, lines);
}

}  // namespace mydock::engine
