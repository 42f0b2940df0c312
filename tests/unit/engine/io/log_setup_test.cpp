#include "engine/io/log_setup.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/io/log_attributes.h"

namespace mydock::engine {
namespace {

const Paths kPaths{"/data", "/run"};

Record record_with(const std::string& driver, const api::StringMap& options) {
  Definition definition;
  definition.id = std::string(64, 'a');
  definition.image_id = "sha256:" + std::string(64, 'b');
  definition.config.image = "busybox:1";
  definition.config.cmd = api::Strings{"echo", "hi"};
  definition.config.labels = {{"role", "web"}, {"tier", "front end"}, {"x", "y"}};
  definition.config.env = api::Strings{"HOME=/root", "STAGE=a=b", "EMPTY="};
  definition.host_config.log_config = {driver, options};
  Record record;
  record.name = "web";
  record.definition = std::make_shared<const Definition>(definition);
  return record;
}

std::string refusal(const std::string& driver, const api::StringMap& options) {
  try {
    log_setup(kPaths, record_with(driver, options));
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(LogSetupTest, JsonFileRotatesUnlessToldOtherwise) {
  struct Case {
    api::StringMap options;
    std::int64_t size;
    int files;
  };
  const Case cases[] = {
      {{}, 10'000'000, 3},
      {{{"max-size", "-1"}}, -1, 1},
      {{{"max-size", "1k"}}, 1024, 1},
      {{{"max-size", "1k"}, {"max-file", "4"}}, 1024, 4},
      {{{"max-file", "4"}}, 10'000'000, 4},
  };
  for (const Case& one : cases) {
    const auto options = log_setup(kPaths, record_with("json-file", one.options));
    ASSERT_TRUE(options.file);
    EXPECT_EQ(options.file->max_size, one.size);
    EXPECT_EQ(options.file->max_files, one.files);
    EXPECT_FALSE(options.file->compress);
    EXPECT_EQ(options.file->attributes, "");
  }
}

TEST(LogSetupTest, LocalPacksFiveFilesOf20MiB) {
  const auto options = log_setup(kPaths, record_with("local", {}));
  ASSERT_TRUE(options.file);
  EXPECT_EQ(options.file->max_size, 20 << 20);
  EXPECT_EQ(options.file->max_files, 5);
  EXPECT_TRUE(options.file->compress);
  EXPECT_EQ(options.file->path,
            "/data/containers/" + std::string(64, 'a') + "/local-logs/container.log");
  EXPECT_FALSE(log_setup(kPaths, record_with("local", {{"max-file", "1"}})).file->compress);
}

TEST(LogSetupTest, BadValuesAreToldInDockersWords) {
  const std::tuple<std::string, api::StringMap, std::string> cases[] = {
      {"json-file", {{"max-size", "x"}}, "invalid size: 'x'"},
      {"json-file", {{"max-size", "0"}}, "max-size must be a positive number"},
      {"json-file", {{"max-file", "0"}}, "max-file cannot be less than 1"},
      {"json-file",
       {{"compress", "true"}},
       "compress cannot be true when max-file is less than 2 or max-size is not set"},
      {"local",
       {{"max-file", "1"}, {"compress", "true"}},
       "compression cannot be enabled when max file count is 1"},
      {"json-file",
       {{"tag", "{{.Nosuch}}"}},
       "log option tag \"{{.Nosuch}}\": no such field: .Nosuch"},
      {"json-file", {{"tag", "{{.ID"}}, "log option tag \"{{.ID\": unclosed action"},
  };
  for (const auto& [driver, options, message] : cases) EXPECT_EQ(refusal(driver, options), message);
  EXPECT_NE(refusal("json-file", {{"labels-regex", "("}}).find("error parsing regexp"),
            std::string::npos);
}

TEST(LogSetupTest, AttributesAreChosenByNameAndByPattern) {
  const std::pair<api::StringMap, std::string> cases[] = {
      {{{"labels", "role,nosuch"}}, R"({"role":"web"})"},
      {{{"labels-regex", "^(role|tier)$"}}, R"({"role":"web","tier":"front end"})"},
      {{{"env", "STAGE,EMPTY"}}, R"({"EMPTY":"","STAGE":"a=b"})"},
      {{{"env-regex", "^H"}, {"labels", "x"}}, R"({"HOME":"/root","x":"y"})"},
      {{{"tag", "{{.Name}}/{{ .ID }}"}}, R"({"tag":"web/aaaaaaaaaaaa"})"},
      {{{"labels", "nosuch"}}, ""},
  };
  for (const auto& [options, expected] : cases) {
    EXPECT_EQ(log_setup(kPaths, record_with("json-file", options)).file->attributes, expected);
  }
  EXPECT_EQ(shown_attributes({{"a", "b c"}, {"d", "e/f"}}), "a=b+c,d=e%2Ff");
}

TEST(LogSetupTest, TagsKnowTheContainer) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "aaaaaaaaaaaa"},
      {"plain", "plain"},
      {"{{.FullID}}", std::string(64, 'a')},
      {"{{.ImageName}} {{.ImageID}}", "busybox:1 bbbbbbbbbbbb"},
      {"{{.DaemonName}}/{{.Command}}", "docker/echo hi"},
  };
  for (const auto& [tag, expected] : cases) {
    EXPECT_EQ(log_tag(record_with("syslog", {{"tag", tag}}), "{{.ID}}"), expected);
  }
}

TEST(LogSetupTest, SyslogIsResolvedAndKeepsACopy) {
  const auto options =
      log_setup(kPaths, record_with("syslog", {{"syslog-address", "udp://127.0.0.1:5514"},
                                               {"syslog-facility", "local0"},
                                               {"mode", "non-blocking"},
                                               {"max-buffer-size", "2k"}}));
  ASSERT_TRUE(options.remote);
  EXPECT_EQ(options.remote->network, "udp");
  EXPECT_EQ(options.remote->address, "127.0.0.1:5514");
  EXPECT_EQ(options.remote->facility, 16);
  EXPECT_TRUE(options.remote->non_blocking);
  EXPECT_EQ(options.remote->max_buffer, 2048U);
  ASSERT_TRUE(options.file);
  EXPECT_EQ(options.file->path, kPaths.cached_log(std::string(64, 'a')));
}

TEST(LogSetupTest, WhatCannotBeReadHasNoPath) {
  EXPECT_TRUE(readable_log(kPaths, record_with("none", {})).path.empty());
  EXPECT_TRUE(
      readable_log(kPaths, record_with("syslog", {{"cache-disabled", "true"}})).path.empty());
  EXPECT_FALSE(readable_log(kPaths, record_with("syslog", {})).path.empty());
  EXPECT_EQ(log_setup(kPaths, record_with("none", {})), runtime::LogOptions());
}

}  // namespace
}  // namespace mydock::engine
