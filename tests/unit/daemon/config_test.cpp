#include "daemon/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/id.h"

namespace mydock::daemon {
namespace {

class ConfigTest : public testing::Test {
 protected:
  Config load(std::vector<const char*> flags) {
    flags.insert(flags.begin(), "mydockd");
    std::optional<std::string> help;
    return load_config(static_cast<int>(flags.size()), flags.data(), help);
  }
  Config load_file(const std::string& text, std::vector<const char*> flags = {}) {
    std::ofstream(path_) << text;
    flags.push_back("--config-file");
    flags.push_back(path_.c_str());
    return load(flags);
  }
  std::string error_of(const std::string& text, std::vector<const char*> flags = {}) {
    try {
      load_file(text, std::move(flags));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid);
      return error.what();
    }
    return "no error";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string path_ = testing::TempDir() + "daemon-" + random_hex(8) + ".json";
};

TEST_F(ConfigTest, NoFlagsMeanTheDefaultSocket) {
  EXPECT_EQ(load({}).hosts, std::vector<std::string>{"unix:///var/run/mydock.sock"});
}

TEST_F(ConfigTest, HostMayBeGivenSeveralTimes) {
  const Config config = load({"-H", "unix:///a", "--host", "tcp://127.0.0.1:2375"});
  EXPECT_EQ(config.hosts, (std::vector<std::string>{"unix:///a", "tcp://127.0.0.1:2375"}));
}

TEST_F(ConfigTest, BooleanFlagsTakeAnExplicitFalse) {
  const Config config = load({"--iptables=false", "--live-restore"});
  EXPECT_FALSE(config.iptables);
  EXPECT_TRUE(config.live_restore);
}

TEST_F(ConfigTest, TheFileSetsWhatNoFlagSets) {
  const Config config =
      load_file(R"({"data-root":"/d","dns":["1.1.1.1"],"log-opts":{"max-size":"1m"}})");
  EXPECT_EQ(config.data_root, "/d");
  EXPECT_EQ(config.dns, std::vector<std::string>{"1.1.1.1"});
  EXPECT_EQ(config.log_options.at("max-size"), "1m");
}

TEST_F(ConfigTest, AnUnknownKeyIsRefusedByName) {
  EXPECT_NE(error_of(R"({"data-rot":"/d"})").find("don't match any configuration option: data-rot"),
            std::string::npos);
}

TEST_F(ConfigTest, AFlagAndTheFileMayNotNameTheSameSetting) {
  EXPECT_NE(error_of(R"({"data-root":"/d"})", {"--data-root", "/e"}).find("both as a flag and"),
            std::string::npos);
}

TEST_F(ConfigTest, AKnownButUnsupportedKeyIsOnlyWarnedOf) {
  const Config config = load_file(R"({"userland-proxy":false})");
  ASSERT_EQ(config.warnings.size(), 1U);
  EXPECT_NE(config.warnings[0].find("userland-proxy"), std::string::npos);
}

TEST_F(ConfigTest, WhatWouldGuardTheDaemonIsRefusedRatherThanIgnored) {
  for (const char* text :
       {R"({"tlsverify":true})", R"({"tls":true})", R"({"authorization-plugins":["opa"]})"}) {
    EXPECT_THROW(load_file(text), Error) << text;
  }
  for (const char* text : {R"({"tlsverify":false})", R"({"authorization-plugins":[]})"}) {
    EXPECT_NO_THROW(load_file(text)) << text;
  }
}

TEST_F(ConfigTest, AWrongTypeNamesTheFile) {
  EXPECT_NE(error_of(R"({"debug":"yes"})").find(path_), std::string::npos);
}

TEST_F(ConfigTest, OtherRuntimesHaveAPathAndArguments) {
  const Config config = load_file(
      R"({"runtimes":{"crun":{"path":"crun","runtimeArgs":["--debug"]}},"default-runtime":"crun"})");
  EXPECT_EQ(config.runtimes.at("crun"), (RuntimeConfig{"crun", {"--debug"}}));
  EXPECT_TRUE(config.warnings.empty());
  EXPECT_EQ(load({"--add-runtime", "a=/b/c"}).runtimes.at("a").path, "/b/c");
}

TEST_F(ConfigTest, RuntimesThatCannotBeAreRefused) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"runtimes":{"runc":{"path":"x"}}})", "runtime name 'runc' is reserved"},
      {R"({"runtimes":{"../x":{"path":"x"}}})", "invalid runtime name '../x'"},
      {R"({"runtimes":{"x":{}}})", "runtime x: a path is needed"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_NE(error_of(text).find(message), std::string::npos) << text << ": " << error_of(text);
  }
  EXPECT_THROW(load_file(R"({"runtimes":{"x":{"runtimeType":"io.containerd.kata.v2"}}})"), Error);
}

TEST_F(ConfigTest, BadValuesAreRefused) {
  const std::vector<std::pair<std::vector<const char*>, std::string>> cases{
      {{"--log-level", "loud"}, "invalid logging level: loud"},
      {{"--default-runtime", "kata"}, "specified default runtime 'kata' does not exist"},
      {{"-H", "ftp://x"}, "invalid bind address format: ftp://x"},
  };
  for (const auto& [flags, message] : cases) {
    try {
      load(flags);
      ADD_FAILURE() << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), message);
    }
  }
}

}  // namespace
}  // namespace mydock::daemon
