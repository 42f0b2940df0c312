#include "archive/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"

namespace mydock::archive {
namespace {

std::string packed(Compression kind, std::string_view text, int level = 0) {
  TextSink sink;
  const auto compressor = make_compressor(kind, sink, level);
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, 70'000);
    compressor->write(piece);
    text.remove_prefix(piece.size());
  }
  compressor->finish();
  return sink.take();
}
std::string unpacked(std::string bytes) {
  TextSource source(std::move(bytes));
  Decompressor decompressor(source);
  TextSink sink;
  copy(decompressor, sink);
  return sink.take();
}
std::string refusal(std::string bytes) {
  try {
    unpacked(std::move(bytes));
  } catch (const Error& error) {
    return error.kind() == Kind::invalid ? error.what() : "another kind";
  }
  return "accepted";
}
// Neither constant nor random.
std::string sample(std::size_t size) {
  std::string text;
  for (unsigned i = 0; text.size() < size; ++i) text += std::to_string(i * 2654435761U);
  text.resize(size);
  return text;
}

class EachFormat : public testing::TestWithParam<std::pair<Compression, int>> {};

TEST_P(EachFormat, WhatIsPackedComesOutAgain) {
  const auto [kind, level] = GetParam();
  for (const std::size_t size : {0U, 1U, 1000U, 3'000'000U}) {
    SCOPED_TRACE(size);
    const std::string text = sample(size);
    const std::string bytes = packed(kind, text, level);
    EXPECT_EQ(unpacked(bytes), text);
    EXPECT_EQ(packed(kind, text, level), bytes);  // deterministic
    EXPECT_EQ(detect(as_bytes(bytes)), kind);
  }
}
TEST_P(EachFormat, TruncatedDataIsRefused) {
  const auto [kind, level] = GetParam();
  if (kind == Compression::none) return;
  const std::string bytes = packed(kind, sample(300'000), level);
  for (const std::size_t left : {bytes.size() - 1, bytes.size() / 2, std::size_t{12}}) {
    EXPECT_THAT(refusal(bytes.substr(0, left)), testing::HasSubstr("unexpected end")) << left;
  }
}
TEST_P(EachFormat, DamagedDataIsRefused) {
  const auto [kind, level] = GetParam();
  if (kind == Compression::none) return;
  std::string bytes = packed(kind, sample(300'000), level);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_NE(refusal(bytes), "accepted");
}
INSTANTIATE_TEST_SUITE_P(All, EachFormat,
                         testing::Values(std::pair(Compression::none, 0),
                                         std::pair(Compression::gzip, 0),
                                         std::pair(Compression::gzip, 6),
                                         std::pair(Compression::zstd, 0),
                                         std::pair(Compression::zstd, 9)));

TEST(CompressionTest, GzipMembersInARowAreOneStream) {
  const std::string two = packed(Compression::gzip, "one ") + packed(Compression::gzip, "two", 6);
  EXPECT_EQ(unpacked(two), "one two");
  EXPECT_EQ(unpacked(two + std::string(2000, '\0')), "one two");
  EXPECT_THAT(refusal(two + "junk"), testing::HasSubstr("garbage"));
}

TEST(CompressionTest, GzipsChecksumIsChecked) {
  std::string bytes = packed(Compression::gzip, "some text");
  bytes[bytes.size() - 6] = static_cast<char>(bytes[bytes.size() - 6] ^ 1);
  EXPECT_THAT(refusal(bytes), testing::HasSubstr("checksum"));
}

TEST(CompressionTest, ABombCostsNoMemory) {
  const std::string bomb = packed(Compression::gzip, std::string(64U << 20U, '\0'));
  ASSERT_LT(bomb.size(), 1U << 20U);
  TextSource source(bomb);
  Decompressor decompressor(source);
  std::array<std::byte, 4096> buffer{};
  std::uint64_t total = 0;
  while (const std::size_t count = decompressor.read(buffer)) total += count;
  EXPECT_EQ(total, 64U << 20U);
}

TEST(CompressionTest, ZstdWithATooLargeWindowIsRefused) {
  // A frame header with a window of 2 GiB and no content size.
  EXPECT_THAT(refusal(std::string("\x28\xb5\x2f\xfd\x00\xa8", 6) + std::string(10, '\0')),
              testing::HasSubstr("zstd"));
}

TEST(CompressionTest, OtherProgramsUnpackXzAndBzip2) {
  // printf 'hello from xz' | xz -9; printf 'hello from bzip2' | bzip2
  const std::string xz = std::string(
      "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x1c\x00\x00\x00"
      "\x10\xcf\x58\xcc\x01\x00\x0c\x68\x65\x6c\x6c\x6f\x20\x66\x72\x6f\x6d\x20\x78\x7a"
      "\x00\x00\x00\x00\xa5\xb3\x18\x76\x67\x14\xad\x57\x00\x01\x25\x0d\x71\x19\xc4\xb6"
      "\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a",
      72);
  const std::string bzip2 = std::string(
      "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x49\xdd\xdb\xb9\x00\x00\x03\x19\x80\x40"
      "\x00\x10\x00\x13\x66\xd0\x10\x20\x00\x22\x99\x31\x3d\x13\xf5\x42\x01\xa0\x05\x79"
      "\xc4\xd2\x2f\x75\x80\x3e\x2e\xe4\x8a\x70\xa1\x20\x93\xbb\xb7\x72",
      56);
  EXPECT_EQ(detect(as_bytes(xz)), Compression::xz);
  EXPECT_EQ(detect(as_bytes(bzip2)), Compression::bzip2);
  if (::access("/usr/bin/xz", X_OK) == 0) {
    EXPECT_EQ(unpacked(xz), "hello from xz");
    EXPECT_THAT(refusal(xz.substr(0, 30)), testing::HasSubstr("xz: damaged or truncated"));
  }
  if (::access("/bin/bzip2", X_OK) == 0) {
    EXPECT_EQ(unpacked(bzip2), "hello from bzip2");
  }
}

TEST(CompressionTest, ShortAndPlainInputPassesThrough) {
  EXPECT_EQ(unpacked(""), "");
  EXPECT_EQ(unpacked("\x1f"), "\x1f");
  EXPECT_EQ(unpacked("plain text that is longer than the magic"),
            "plain text that is longer than the magic");
}

TEST(CompressionTest, PackingXzIsNotImplemented) {
  TextSink sink;
  EXPECT_THROW(make_compressor(Compression::xz, sink), Error);
}

}  // namespace
}  // namespace mydock::archive
