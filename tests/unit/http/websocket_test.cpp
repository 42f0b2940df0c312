#include "http/websocket.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::http {
namespace {

std::string masked(std::uint8_t first, std::string_view payload) {
  std::string frame{static_cast<char>(first), static_cast<char>(0x80U | payload.size())};
  const std::string mask = "\x01\x02\x03\x04";
  frame += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  return frame;
}

TEST(WebsocketTest, TheAcceptValueIsThatOfTheSpecification) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebsocketTest, FramesHaveTheShortestLength) {
  EXPECT_EQ(websocket_frame(Opcode::text, "Hello"), "\x81\x05Hello");
  EXPECT_EQ(websocket_frame(Opcode::binary, std::string(126, 'x')).substr(0, 4),
            std::string("\x82\x7e\x00\x7e", 4));
  EXPECT_EQ(websocket_frame(Opcode::binary, std::string(65536, 'x')).substr(0, 10),
            std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(websocket_close(1000), "\x03\xe8");
}

TEST(WebsocketTest, AMaskedFrameIsReadByteByByte) {
  WebsocketReader reader;
  const std::string bytes = masked(0x82, "input") + masked(0x89, "");
  for (const char c : bytes.substr(0, 10)) {
    reader.add({&c, 1});
    EXPECT_FALSE(reader.next());
  }
  reader.add(bytes.substr(10));
  const auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->payload, "input");
  EXPECT_EQ(first->opcode, Opcode::binary);
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->opcode, Opcode::ping);
  EXPECT_FALSE(reader.next());
}

TEST(WebsocketTest, WhatBreaksTheProtocolIsRefused) {
  const std::pair<const char*, std::string> cases[] = {
      {"no mask", std::string("\x82\x01x")},
      {"reserved bits", masked(0xC2, "x")},
      {"an unknown opcode", masked(0x83, "x")},
      {"too large", std::string("\x82\xff\x00\x00\x00\x00\x7f\xff\xff\xff", 10) + "mask"},
      {"a long control frame", std::string("\x89\xfe\x00\x7f", 4)},
  };
  for (const auto& [name, bytes] : cases) {
    WebsocketReader reader;
    reader.add(bytes);
    EXPECT_THROW(reader.next(), Error) << name;
  }
}

}  // namespace
}  // namespace mydock::http
