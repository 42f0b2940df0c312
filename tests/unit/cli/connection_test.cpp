#include "cli/connection.h"

#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/id.h"
#include "cli/config_file.h"
#include "cli/help.h"
#include "oci/hasher.h"

namespace mydock::cli {
namespace {

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() : directory_(fs::temp_directory_path() / ("mydock-cli-" + random_hex(8))) {
    make_directories(directory_, 0755);
    for (const char* name : kVariables) ::unsetenv(name);
    ::setenv("DOCKER_CONFIG", directory_.c_str(), 1);
  }
  ~ConnectionTest() override {
    for (const char* name : kVariables) ::unsetenv(name);
    remove_tree(directory_);
  }
  void write_context(const std::string& name, const std::string& meta) {
    const fs::path path = directory_ / "contexts/meta" / std::string(oci::sha256_of(name).hex());
    make_directories(path, 0755);
    write_file_atomically(path / "meta.json", meta, 0644);
  }
  static Arguments parse(const std::vector<std::string>& words) {
    return parse_arguments(kTopCommand, words);
  }
  static std::string host(const std::vector<std::string>& words) {
    try {
      return choose_host(parse(words).flags);
    } catch (const Error& error) {
      return "error: " + error.message();
    }
  }
  static constexpr const char* kVariables[] = {"MYDOCK_HOST",       "DOCKER_HOST", "DOCKER_CONTEXT",
                                               "DOCKER_TLS_VERIFY", "DOCKER_TLS",  "DOCKER_CONFIG"};
  fs::path directory_;
};

TEST_F(ConnectionTest, TheNearestWordWins) {
  const std::string standard = host({"ps"});
  EXPECT_TRUE(standard.starts_with("unix://")) << standard;
  write_context("far", R"({"Name":"far","Endpoints":{"docker":{"Host":"tcp://10.0.0.1:2375"}}})");
  ::setenv("DOCKER_CONTEXT", "far", 1);
  EXPECT_EQ(host({"ps"}), "tcp://10.0.0.1:2375");
  ::setenv("DOCKER_HOST", "unix:///a", 1);
  EXPECT_EQ(host({"ps"}), "unix:///a");
  ::setenv("MYDOCK_HOST", "unix:///b", 1);
  EXPECT_EQ(host({"ps"}), "unix:///b");
  EXPECT_EQ(host({"--context", "far", "ps"}), "tcp://10.0.0.1:2375");
  EXPECT_EQ(host({"-c", "default", "ps"}), standard);
  EXPECT_EQ(host({"-H", "unix:///c", "ps"}), "unix:///c");
  EXPECT_EQ(host({"-H", "unix:///c", "--context", "far", "ps"}),
            "error: conflicting options: cannot specify both --host and --context");
}

TEST_F(ConnectionTest, AContextIsNeverIgnored) {
  ::setenv("DOCKER_CONTEXT", "nosuch", 1);
  EXPECT_TRUE(host({"ps"}).starts_with(
      "error: Failed to initialize: unable to resolve docker endpoint: context \"nosuch\": context "
      "not found: open "));
  ::setenv("DOCKER_CONTEXT", "default", 1);
  EXPECT_TRUE(host({"ps"}).starts_with("unix://"));
}

TEST_F(ConnectionTest, TlsIsRefusedRatherThanLeftOut) {
  EXPECT_EQ(host({"--tlsverify", "ps"}), "error: --tlsverify: TLS is not implemented yet");
  EXPECT_EQ(host({"--tlscacert", "x", "ps"}), "error: --tlscacert: TLS is not implemented yet");
  ::setenv("DOCKER_TLS_VERIFY", "1", 1);
  EXPECT_EQ(host({"-H", "tcp://10.0.0.1:1", "ps"}),
            "error: DOCKER_TLS_VERIFY is set, and TLS is not implemented yet");
  EXPECT_EQ(host({"-H", "unix:///a", "ps"}), "unix:///a");
  write_context("tls", R"({"Name":"tls","Endpoints":{"docker":{"Host":"tcp://10.0.0.1:2376"}}})");
  make_directories(directory_ / "contexts/tls" / std::string(oci::sha256_of("tls").hex()), 0755);
  EXPECT_NE(host({"--context", "tls", "ps"}).find("TLS is not implemented yet"), std::string::npos);
}

TEST_F(ConnectionTest, TheConfigFileGivesWhatTheCommandLineDoesNot) {
  write_file_atomically(directory_ / "config.json",
                        R"({"detachKeys":"ctrl-x","psFormat":"{{.ID}}","imagesFormat":"I",)"
                        R"("networksFormat":"N","volumesFormat":"V","auths":{}})",
                        0644);
  Console console;
  const ConfigFile config = load_config_file(parse({"ps"}).flags, console);
  const std::tuple<std::string, std::vector<std::string>, std::string, std::string> cases[] = {
      {"ps", {}, "format", "{{.ID}}"},
      {"ps", {"--format", "x"}, "format", "x"},
      {"ps", {"-q"}, "format", ""},
      {"container ls", {}, "format", "{{.ID}}"},
      {"images", {}, "format", "I"},
      {"network ls", {}, "format", "N"},
      {"volume ls", {}, "format", "V"},
      {"attach", {"x"}, "detach-keys", "ctrl-x"},
      {"attach", {"--detach-keys", "a", "x"}, "detach-keys", "a"},
      {"inspect", {"x"}, "format", ""},
  };
  for (const auto& [form, words, flag, expected] : cases) {
    const Command* command = find_command(form);
    ASSERT_NE(command, nullptr) << form;
    Flags flags = parse_arguments(*command, words).flags;
    apply_config(config, *command, flags);
    EXPECT_EQ(flags.text(flag), expected) << form;
  }
}

TEST_F(ConnectionTest, ABrokenConfigFileIsAWarning) {
  write_file_atomically(directory_ / "config.json", "{", 0644);
  Console console;
  EXPECT_EQ(load_config_file(parse({"ps"}).flags, console).ps_format, "");
}

}  // namespace
}  // namespace mydock::cli
