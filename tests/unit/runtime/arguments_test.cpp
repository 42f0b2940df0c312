#include "runtime/command/arguments.h"

#include <array>

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::runtime::command {

namespace {

constexpr std::array kKnown{Option{"bundle", 'b'}, Option{"detach", 'd', false},
                            Option{"env", 'e'}};

Arguments parse_words(std::vector<std::string> words, std::size_t most = 100) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return parse(pointers, kKnown, most);
}

}  // namespace

TEST(ArgumentsTest, TakesEachWayToWriteAnOption) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--bundle", "/b", "id"}, {"--bundle=/b", "id"}, {"id", "-b", "/b"}}) {
    const Arguments arguments = parse_words(words);
    EXPECT_EQ(arguments.value("bundle"), "/b");
    EXPECT_EQ(arguments.rest, std::vector<std::string>{"id"});
    EXPECT_FALSE(arguments.has("detach"));
  }
}

TEST(ArgumentsTest, LeavesTheCommandOfAnExecAlone) {
  const Arguments arguments = parse_words({"-d", "id", "ls", "-d", "--bundle"}, 2);
  EXPECT_TRUE(arguments.has("detach"));
  EXPECT_EQ(arguments.rest, (std::vector<std::string>{"id", "ls", "-d", "--bundle"}));
}

TEST(ArgumentsTest, KeepsEveryValueOfARepeatedOption) {
  EXPECT_EQ(parse_words({"-e", "A=1", "--env=B=2"}).values("env"),
            (std::vector<std::string>{"A=1", "B=2"}));
}

TEST(ArgumentsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(parse_words({"--nonsense"}), Error);
  EXPECT_THROW(parse_words({"-x"}), Error);
  EXPECT_THROW(parse_words({"--bundle"}), Error);
}

}  // namespace mydock::runtime::command
