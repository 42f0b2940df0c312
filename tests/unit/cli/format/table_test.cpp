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
TEST(TableTest, ATableIsMadeToFitItsTerminal) {
  const std::string table =
      "ID\tIMAGE\tPORTS\tNAMES\n0123456789ab\tbusybox\t" + std::string(60, 'p') + "\ta-long-name\n";
  EXPECT_EQ(fit_columns(table, 200), table);
  const std::string fitted = fit_columns(table, 60);
  EXPECT_NE(fitted.find("0123456789ab\tbusybox\tppppppppppp"), std::string::npos) << fitted;
  EXPECT_NE(fitted.find("…\ta-long-name"), std::string::npos) << fitted;
  const std::string laid_out = align_tabs(fitted);
  const std::string line = laid_out.substr(laid_out.find('\n') + 1);
  EXPECT_EQ(line.size() - 3, 60U) << line;  // the ellipsis is 3 bytes, and a line end is counted
  EXPECT_NE(fit_columns(table, 30).find("\ta-long…"), std::string::npos) << fit_columns(table, 30);
  EXPECT_EQ(fit_columns("", 10), "");
}
TEST(TableTest, EmptyTextStaysEmpty) { EXPECT_EQ(align_tabs(""), ""); }

}  // namespace
}  // namespace mydock::cli
