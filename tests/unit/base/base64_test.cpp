#include "base/base64.h"

#include <gtest/gtest.h>

namespace mydock {
namespace {

TEST(Base64Test, EncodesAsTheRfcSays) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
  EXPECT_EQ(encode_base64("\xff\xef", Base64::url), "_-8=");
}

TEST(Base64Test, DecodingIsLenientInAlphabetAndPaddingOnly) {
  EXPECT_EQ(decode_base64("_-8"), "\xff\xef");
  EXPECT_EQ(decode_base64("/+8="), "\xff\xef");
  EXPECT_EQ(decode_base64("a"), std::nullopt);
  EXPECT_EQ(decode_base64("a b="), std::nullopt);
}

}  // namespace
}  // namespace mydock
