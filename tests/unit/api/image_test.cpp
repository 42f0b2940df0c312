#include "api/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/image_list.h"

namespace mydock::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_for(ApiVersion version) {
  ImageInspect image;
  image.config.cmd = {"sh"};
  shape_for(version, image);
  return to_json(image);
}

TEST(ImageTest, OldClientsSeeZeroMembers) {
  EXPECT_THAT(text_for({1, 49}), HasSubstr(R"("Hostname":"")"));
  EXPECT_THAT(text_for({1, 51}), HasSubstr(R"({"User":"","Env":null,"Cmd":["sh"],"Volumes":null,)"
                                           R"("WorkingDir":"","Entrypoint":null,"OnBuild":null,)"
                                           R"("Labels":null})"));
  EXPECT_THAT(text_for({1, 52}), HasSubstr(R"("Config":{"Cmd":["sh"]})"));
  EXPECT_THAT(text_for({1, 43}), HasSubstr("VirtualSize"));
  EXPECT_THAT(text_for({1, 44}), HasSubstr(R"("ContainerConfig":{)"));
  EXPECT_THAT(text_for({1, 45}), Not(HasSubstr("ContainerConfig")));
  EXPECT_THAT(text_for({1, 51}), HasSubstr(R"("DockerVersion":"")"));
  EXPECT_THAT(text_for({1, 52}), Not(HasSubstr("DockerVersion")));
}

TEST(ImageTest, ConfigIsReadBack) {
  ImageInspect image;
  image.config.env = {"A=b"};
  image.config.exposed_ports = {{"80/tcp", {}}};
  EXPECT_EQ(from_json<ImageInspect>(to_json(image)), image);
}

TEST(ImageListTest, UntaggedImagesHadANameOnce) {
  ImageSummary image;
  image.size = 7;
  image.containers = 2;
  ImageSummary old = image;
  shape_for({1, 42}, old);
  EXPECT_EQ(old.repo_tags, (Strings{"<none>:<none>"}));
  EXPECT_EQ(old.virtual_size, 7);
  EXPECT_EQ(old.containers, -1);
  shape_for({1, 51}, image);
  EXPECT_TRUE(image.repo_tags.empty());
  EXPECT_EQ(image.containers, 2);
}

TEST(ImageListTest, LabelsOfNoneAreNull) {
  EXPECT_THAT(to_json(ImageSummary()), HasSubstr(R"("Labels":null)"));
}

}  // namespace
}  // namespace mydock::api
