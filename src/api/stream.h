#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/stream.h"

// Docker's framing of stdout and stderr in one stream: 8 bytes of header (stream, 0, 0, 0, length
// big-endian), then the payload.
namespace mydock::api {

inline constexpr std::string_view kRawStream = "application/vnd.docker.raw-stream";
inline constexpr std::string_view kMultiplexedStream = "application/vnd.docker.multiplexed-stream";

enum class StdStream : std::uint8_t { in = 0, out = 1, err = 2, system_error = 3 };
inline constexpr std::size_t kFrameHeaderSize = 8;
inline constexpr std::size_t kLongestFrame = std::size_t{16} << 20;  // that a reader accepts
using FrameHeader = std::array<std::byte, kFrameHeaderSize>;

FrameHeader frame_header(StdStream stream, std::uint32_t length);
struct Frame {
  StdStream stream = StdStream::out;
  std::uint32_t length = 0;
};
// Errors: invalid ("Unrecognized input header: N").
Frame parse_frame_header(const FrameHeader& header);
// Header and payload in one string, for one write.
std::string encode_frame(StdStream stream, std::string_view payload);

// Takes a framed stream in pieces of any size, and gives on the payloads as they come (a frame may
// arrive in several parts). Errors: invalid; system, with the text of a system_error frame.
class FrameDecoder {
 public:
  using Take = std::function<void(StdStream, ConstBytes)>;
  void feed(ConstBytes bytes, const Take& take);
  // True between frames: an end of the stream is clean here.
  bool at_boundary() const { return filled_ == 0 && left_ == 0; }

 private:
  FrameHeader header_{};
  std::size_t filled_ = 0;
  std::uint32_t left_ = 0;
  StdStream stream_ = StdStream::out;
  std::string system_error_;
};

// Splits a framed stream until its end.
void demultiplex(Source& from, Sink& out, Sink& err);

// "ctrl-p,ctrl-q" as the bytes that it stands for. Errors: invalid, Docker's text.
std::string parse_detach_keys(std::string_view text);

}  // namespace mydock::api
