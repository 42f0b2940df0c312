#include "api/stream.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace mydock::api {

namespace {
constexpr std::size_t kPiece = std::size_t{32} << 10;
}  // namespace

FrameHeader frame_header(StdStream stream, std::uint32_t length) {
  FrameHeader header{};
  header[0] = static_cast<std::byte>(stream);
  for (std::size_t i = 0; i < 4; ++i)
    header[4 + i] = static_cast<std::byte>(length >> (24 - 8 * i));
  return header;
}

Frame parse_frame_header(const FrameHeader& header) {
  const auto stream = std::to_integer<unsigned>(header[0]);
  if (stream > 3) fail(Kind::invalid, "Unrecognized input header: {}", stream);
  std::uint32_t length = 0;
  for (std::size_t i = 4; i < kFrameHeaderSize; ++i) {
    length = length << 8 | std::to_integer<std::uint32_t>(header[i]);
  }
  if (length > kLongestFrame) fail(Kind::invalid, "stream frame of {} bytes is too long", length);
  return {.stream = static_cast<StdStream>(stream), .length = length};
}

std::string encode_frame(StdStream stream, std::string_view payload) {
  std::string frame(as_text(frame_header(stream, static_cast<std::uint32_t>(payload.size()))));
  frame += payload;
  return frame;
}

void FrameDecoder::feed(ConstBytes bytes, const Take& take) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      const std::size_t size = std::min(bytes.size(), kFrameHeaderSize - filled_);
      std::memcpy(header_.data() + filled_, bytes.data(), size);
      bytes = bytes.subspan(size);
      filled_ += size;
      if (filled_ < kFrameHeaderSize) return;
      filled_ = 0;
      const Frame frame = parse_frame_header(header_);
      stream_ = frame.stream;
      left_ = frame.length;
      continue;
    }
    const ConstBytes part = bytes.first(std::min<std::size_t>(bytes.size(), left_));
    bytes = bytes.subspan(part.size());
    left_ -= static_cast<std::uint32_t>(part.size());
    if (stream_ != StdStream::system_error) {
      take(stream_, part);
      continue;
    }
    system_error_ += as_text(part);
    if (left_ == 0) fail(Kind::system, "error from daemon in stream: {}", system_error_);
  }
}

void demultiplex(Source& from, Sink& out, Sink& err) {
  FrameDecoder decoder;
  std::vector<std::byte> buffer(kPiece);
  while (const std::size_t count = from.read(buffer)) {
    decoder.feed(ConstBytes(buffer).first(count), [&](StdStream stream, ConstBytes bytes) {
      (stream == StdStream::err ? err : out).write(bytes);
    });
  }
}

std::string parse_detach_keys(std::string_view text) {
  std::string keys;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view key = rest.substr(0, comma);
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    const bool control = key.size() == 6 && key.starts_with("ctrl-");
    if (key.size() == 1) {
      keys += key[0];
    } else if (control && key[5] >= 'a' && key[5] <= 'z') {
      keys += static_cast<char>(key[5] - 'a' + 1);
    } else if (control && (key[5] == '@' || (key[5] >= '[' && key[5] <= '_'))) {
      keys += static_cast<char>(key[5] - '@');
    } else {
      fail(Kind::invalid, "Invalid detach keys ({}) provided", text);
    }
  }
  return keys;
}

}  // namespace mydock::api
