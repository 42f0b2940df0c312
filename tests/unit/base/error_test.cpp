#include "base/error.h"

#include <gtest/gtest.h>

#include "base/id.h"
#include "base/stream.h"

namespace mydock {
namespace {

TEST(ErrorTest, MessageIsASentenceWithItsContextFirst) {
  try {
    in_context("start container ab12", [] { throw_errno(ENOENT, "open /x"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "start container ab12: open /x: No such file or directory");
    EXPECT_EQ(error.kind(), Kind::system);
    EXPECT_EQ(error.error_number(), ENOENT);
  }
}

TEST(ErrorTest, CheckPassesWhatIsNotNegative) {
  EXPECT_EQ(check(3, "do {}", "it"), 3);
  errno = EACCES;
  EXPECT_THROW(check(-1, "do it"), Error);
}

TEST(ErrorTest, EveryKindHasANameThatLeadsBack) {
  for (int i = 0; i <= static_cast<int>(Kind::system); ++i) {
    const auto kind = static_cast<Kind>(i);
    EXPECT_EQ(kind_from_string(to_string(kind)), kind) << to_string(kind);
  }
  EXPECT_EQ(kind_from_string("nonsense"), Kind::system);
}

TEST(IdTest, IdsAreHexAndTheShortFormIsNoNumber) {
  for (int i = 0; i < 100; ++i) {
    const std::string id = new_id();
    EXPECT_TRUE(is_id(id)) << id;
    EXPECT_NE(short_id(id).find_first_of("abcdef"), std::string::npos) << id;
  }
  EXPECT_FALSE(is_id("abc"));
  EXPECT_FALSE(is_id(std::string(64, 'A')));
  EXPECT_EQ(short_id("sha256:" + std::string(64, 'a')), std::string(12, 'a'));
  EXPECT_EQ(random_hex(7).size(), 7U);
}

TEST(StreamTest, CopyMovesEverything) {
  const std::string text(300'000, 'x');
  TextSource from(text);
  TextSink to;
  EXPECT_EQ(copy(from, to), text.size());
  EXPECT_EQ(to.text(), text);
}

}  // namespace
}  // namespace mydock
