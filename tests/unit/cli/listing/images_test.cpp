#include "cli/listing/images.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

std::vector<Value> rows(const api::ImageSummary& image, bool digests = false) {
  std::vector<Value> out;
  add_image_rows(image, true, digests, out);
  return out;
}

TEST(ImageRowsTest, ARowForEachTag) {
  api::ImageSummary image;
  image.id = "sha256:" + std::string(64, 'b');
  image.repo_tags = {"a:1", "a:2", "host:5000/x:3"};
  image.size = 7800000;
  const auto list = rows(image);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[2]["Repository"].text(), "host:5000/x");
  EXPECT_EQ(list[2]["Tag"].text(), "3");
  EXPECT_EQ(list[0]["ID"].text(), "bbbbbbbbbbbb");
  EXPECT_EQ(list[0]["Size"].text(), "7.8MB");
}
TEST(ImageRowsTest, AnImageWithoutANameIsShown) {
  const auto list = rows({});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["Repository"].text(), "<none>");
}
TEST(ImageRowsTest, ADigestAloneIsARowWithoutATag) {
  api::ImageSummary image;
  image.repo_digests = {"a@sha256:1"};
  EXPECT_EQ(rows(image)[0]["Tag"].text(), "<none>");
  EXPECT_EQ(rows(image, true)[0]["Digest"].text(), "sha256:1");
}

}  // namespace
}  // namespace mydock::cli
