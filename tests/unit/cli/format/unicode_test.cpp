#include "cli/format/unicode.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

TEST(UnicodeTest, EllipsisTakesTheLastColumn) {
  EXPECT_EQ(ellipsis("/docker-entrypoint.sh", 20), "/docker-entrypoint.…");
  EXPECT_EQ(ellipsis("short", 20), "short");
  EXPECT_EQ(ellipsis("漢字漢字", 5), "漢字…");
}
TEST(UnicodeTest, WhatMovesTheCursorIsShownInstead) {
  EXPECT_EQ(escape_controls("a\x1b[2Jb\r\x07"), "a\\x1b[2Jb\\x0d\\x07");
  EXPECT_EQ(escape_controls("two\nlines\tand…"), "two\nlines\tand…");
  EXPECT_EQ(escape_controls("\u202e"), "\\u202e");
  EXPECT_EQ(escape_controls("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(escape_controls("\xff"), "\\xff");
}
TEST(UnicodeTest, BytesThatAreNoTextAreOneEach) {
  EXPECT_FALSE(decode_rune("\xc3").valid);
  EXPECT_FALSE(decode_rune("\xed\xa0\x80").valid);
  EXPECT_EQ(count_runes("é…x"), 3U);
}

}  // namespace
}  // namespace mydock::cli
