#include "engine/container/config/environment.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/container/config/image_merge.h"
#include "engine/container/record.h"

namespace mydock::engine {
namespace {

using api::Strings;

TEST(EnvironmentTest, RequestComesFirstAndWins) {
  EXPECT_EQ(merge_env({"B=2", "A=mine"}, {"A=image", "C=3"}), (Strings{"B=2", "A=mine", "C=3"}));
}

TEST(EnvironmentTest, OverrideReplacesInPlaceAppendsAndRemoves) {
  EXPECT_EQ(override_env({"A=1", "B=2", "C=3"}, {"B=x", "D=4", "A"}),
            (Strings{"B=x", "C=3", "D=4"}));
}

TEST(EnvironmentTest, ProcessGetsDockersDefaults) {
  EXPECT_EQ(process_env({"FOO=bar", "PATH=/bin"}, "box", true),
            (Strings{"PATH=/bin", "HOSTNAME=box", "TERM=xterm", "FOO=bar"}));
  EXPECT_EQ(process_env({}, "box", false).size(), 2U);
}

struct CommandCase {
  const char* name;
  std::optional<Strings> cmd, entrypoint;
  Strings expected;
};

TEST(ImageMergeTest, CommandAndEntrypoint) {
  api::ImageRunConfig image;
  image.entrypoint = {"entry"};
  image.cmd = {"default"};
  const CommandCase cases[] = {
      {"nothing asked", {}, {}, {"entry", "default"}},
      {"own command", Strings{"mine"}, {}, {"entry", "mine"}},
      {"own entrypoint drops the image's command", {}, Strings{"e"}, {"e"}},
      {"both", Strings{"c"}, Strings{"e"}, {"e", "c"}},
      {"empty entrypoint list keeps the image's command", {}, Strings{}, {"default"}},
      {"no entrypoint at all", Strings{"c"}, Strings{""}, {"c"}},
  };
  for (const CommandCase& c : cases) {
    api::ContainerConfig config;
    config.cmd = c.cmd;
    config.entrypoint = c.entrypoint;
    merge_image(config, image);
    EXPECT_EQ(command_line(config), c.expected) << c.name;
  }
}

TEST(ImageMergeTest, NothingToRunIsRefused) {
  api::ContainerConfig config;
  EXPECT_THROW(merge_image(config, {}), Error);
}

TEST(ImageMergeTest, TheRestIsTakenWhereItIsMissing) {
  api::ImageRunConfig image;
  image.cmd = {"x"};
  image.user = "app";
  image.working_dir = "/srv";
  image.labels = {{"a", "image"}, {"b", "image"}};
  image.exposed_ports = {{"80/tcp", {}}};
  image.healthcheck = api::Healthcheck{.test = {"CMD", "t"}, .interval = 5};
  api::ContainerConfig config;
  config.user = "me";
  config.labels = {{"a", "mine"}};
  config.healthcheck = api::Healthcheck{.test = {}, .interval = 9};
  merge_image(config, image);
  EXPECT_EQ(config.user, "me");
  EXPECT_EQ(config.working_dir, "/srv");
  EXPECT_EQ(config.labels, (api::StringMap{{"a", "mine"}, {"b", "image"}}));
  EXPECT_TRUE(config.exposed_ports.contains("80/tcp"));
  EXPECT_EQ(config.healthcheck->test, (Strings{"CMD", "t"}));
  EXPECT_EQ(config.healthcheck->interval, 9);
}

}  // namespace
}  // namespace mydock::engine
