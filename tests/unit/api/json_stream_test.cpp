#include "api/json_stream.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::api {
namespace {

std::vector<std::string> values_of(std::string text) {
  TextSource source(std::move(text));
  JsonLines lines(source);
  std::vector<std::string> values;
  while (auto value = lines.next()) values.push_back(std::move(*value));
  return values;
}

TEST(JsonStreamTest, ValuesAreCutAnywhereBetween) {
  EXPECT_EQ(values_of("{\"a\":\"}\\\"\"}\r\n{}[1]\n\x1e{\"b\":{}}"),
            (std::vector<std::string>{"{\"a\":\"}\\\"\"}", "{}", "[1]", "{\"b\":{}}"}));
  EXPECT_TRUE(values_of(" \r\n").empty());
  EXPECT_THROW(values_of("{\"a\":"), Error);
}

TEST(JsonStreamTest, AValueHasABound) {
  TextSource source("{\"a\":\"" + std::string(100000, 'x') + "\"}");
  JsonLines lines(source, 1000);
  EXPECT_THROW(lines.next(), Error);
}

TEST(JsonStreamTest, MessagesAreDockers) {
  TextSink sink;
  ProgressMessage message{.stream = "",
                          .status = "Extracting",
                          .progress_detail = ProgressDetail(),
                          .progress = "",
                          .id = "4abcf2066143",
                          .aux = {},
                          .error_detail = {},
                          .error = ""};
  write_message(sink, message);
  write_message(sink, error_message("no \"room\""));
  EXPECT_EQ(
      sink.text(),
      "{\"status\":\"Extracting\",\"progressDetail\":{},\"id\":\"4abcf2066143\"}\r\n"
      "{\"errorDetail\":{\"message\":\"no \\\"room\\\"\"},\"error\":\"no \\\"room\\\"\"}\r\n");
  EXPECT_EQ(from_json<ProgressMessage>(to_json(message)), message);
}

TEST(JsonStreamTest, TheBarIsDockers) {
  EXPECT_EQ(progress_bar(0, 0), "");
  EXPECT_EQ(progress_bar(1, 0), "      1B");
  EXPECT_EQ(progress_bar(50, 100),
            "[=========================>                         ]      50B/100B");
  EXPECT_EQ(progress_bar(50, 100, 80), "     50B/100B");
}

}  // namespace
}  // namespace mydock::api
