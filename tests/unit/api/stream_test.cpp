#include "api/stream.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::api {
namespace {

TEST(StreamTest, AFrameIsStreamZeroesLengthPayload) {
  EXPECT_EQ(encode_frame(StdStream::err, "hi"), std::string("\2\0\0\0\0\0\0\2hi", 10));
  const Frame frame = parse_frame_header(frame_header(StdStream::out, 0x00010203));
  EXPECT_EQ(frame.stream, StdStream::out);
  EXPECT_EQ(frame.length, 0x00010203U);
}

TEST(StreamTest, FramesAreFoundInPiecesOfAnySize) {
  const std::string stream =
      encode_frame(StdStream::out, "one") + encode_frame(StdStream::err, "") +
      encode_frame(StdStream::err, "two") + encode_frame(StdStream::in, "three");
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    FrameDecoder decoder;
    std::string out;
    std::string err;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      decoder.feed(as_bytes(std::string_view(stream).substr(at, size)),
                   [&](StdStream kind, ConstBytes bytes) {
                     (kind == StdStream::err ? err : out) += as_text(bytes);
                   });
    }
    EXPECT_EQ(out, "onethree") << size;
    EXPECT_EQ(err, "two") << size;
    EXPECT_TRUE(decoder.at_boundary()) << size;
  }
}

TEST(StreamTest, ABrokenHeaderIsInvalid) {
  FrameDecoder decoder;
  const auto ignore = [](StdStream, ConstBytes) {};
  EXPECT_THROW(decoder.feed(as_bytes("plain text"), ignore), Error);
  FrameDecoder long_frame;
  EXPECT_THROW(long_frame.feed(as_bytes(std::string_view("\1\0\0\0\xff\xff\xff\xff", 8)), ignore),
               Error);
}

TEST(StreamTest, AThirdStreamIsTheDaemonsError) {
  TextSource source(encode_frame(StdStream::out, "a") +
                    encode_frame(StdStream::system_error, "lost"));
  TextSink out;
  TextSink err;
  try {
    demultiplex(source, out, err);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "error from daemon in stream: lost");
  }
  EXPECT_EQ(out.text(), "a");
}

TEST(StreamTest, DetachKeysBecomeBytes) {
  EXPECT_EQ(parse_detach_keys("ctrl-p,ctrl-q"), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("a,ctrl-@,ctrl-_"), std::string("a\0\x1f", 3));
  EXPECT_EQ(parse_detach_keys(""), "");
  for (const char* keys : {"ctrl-A", "ab", "a,,b", "ctrl-"}) {
    EXPECT_THROW(parse_detach_keys(keys), Error) << keys;
  }
}

}  // namespace
}  // namespace mydock::api
