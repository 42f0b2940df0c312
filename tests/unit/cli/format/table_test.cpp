#include "cli/format/table.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

TEST(TableTest, AColumnIsAsWideAsItsWidestCellAndThree) {
  EXPECT_EQ(align_tabs("A\tB\tC\nlonger cell\tb\tc\n"),
            "A             B         C\nlonger cell   b         c\n");
}
TEST(TableTest, NoColumnIsNarrowerThanTen) { EXPECT_EQ(align_tabs("a\tb\n"), "a         b\n"); }
TEST(TableTest, TheLastCellIsNotPadded) { EXPECT_EQ(align_tabs("a\t\n"), "a         \n"); }
TEST(TableTest, WidthsCountCharactersNotBytes) {
  EXPECT_EQ(align_tabs("aaaaaaa…\tx\nbbbbbbbb\ty\n"), "aaaaaaa…   x\nbbbbbbbb   y\n");
}
TEST(TableTest, ALineWithoutTheColumnEndsItsBlock) {
  EXPECT_EQ(align_tabs("aaaaaaaaaaaa\tb\nx\nc\td\n"), "aaaaaaaaaaaa   b\nx\nc         d\n");
}
TEST(TableTest, EmptyTextStaysEmpty) { EXPECT_EQ(align_tabs(""), ""); }

}  // namespace
}  // namespace mydock::cli
