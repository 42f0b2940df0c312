#include "cli/create/run_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::cli {
namespace {

using testing::ElementsAre;

api::ContainerInspect plain() {
  api::ContainerInspect container;
  container.id = std::string(64, 'a');
  container.name = "/web";
  container.config.image = "busybox";
  container.config.hostname = std::string(12, 'a');
  container.host_config.network_mode = "bridge";
  container.host_config.runtime = "runc";
  container.host_config.log_config.type = "json-file";
  container.host_config.ipc_mode = "private";
  return container;
}

TEST(RunLineTest, DefaultsAreNotSaid) {
  EXPECT_THAT(run_line(plain(), {}), ElementsAre("run", "--detach", "--name", "web", "busybox"));
}

TEST(RunLineTest, WhatTheImageSaysIsNotSaid) {
  api::ContainerInspect container = plain();
  container.config.env = api::Strings{"PATH=/bin", "A=b"};
  container.config.cmd = api::Strings{"sh"};
  api::ImageRunConfig image;
  image.env = {"PATH=/bin"};
  image.cmd = {"sh"};
  EXPECT_THAT(run_line(container, image),
              ElementsAre("run", "--detach", "--name", "web", "--env", "A=b", "busybox"));
}

TEST(RunLineTest, AnEntryPointOfSeveralWordsGoesBeforeTheCommand) {
  api::ContainerInspect container = plain();
  container.config.entrypoint = api::Strings{"sh", "-c"};
  container.config.cmd = api::Strings{"echo hi"};
  EXPECT_THAT(run_line(container, {}),
              ElementsAre("run", "--detach", "--name", "web", "--entrypoint", "sh", "busybox", "-c",
                          "echo hi"));
}

TEST(RunLineTest, AProfileOfItsOwnCannotBeSaid) {
  api::ContainerInspect container = plain();
  container.host_config.security_opt = api::Strings{"seccomp={\"a\":1}"};
  EXPECT_THROW(run_line(container, {}), Error);
}

TEST(RunLineTest, WordsAreQuotedForAShell) {
  EXPECT_EQ(shell_quoted("a=b/c"), "a=b/c");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace mydock::cli
