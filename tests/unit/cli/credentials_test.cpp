#include "cli/registry/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"

namespace mydock::cli {
namespace {

class CredentialsTest : public testing::Test {
 protected:
  ~CredentialsTest() override {
    ::unsetenv("DOCKER_AUTH_CONFIG");
    remove_tree(folder_);
  }
  void write(const std::string& text) {
    make_directories(folder_, 0700);
    write_file_atomically(folder_ / "config.json", text, 0600);
  }
  static api::AuthConfig auth(const std::string& password, const std::string& token) {
    api::AuthConfig auth;
    auth.username = "u";
    auth.password = password;
    auth.server_address = "h";
    auth.identity_token = token;
    return auth;
  }
  std::string text() const { return read_file(folder_ / "config.json"); }

  fs::path folder_ = fs::temp_directory_path() / ("mydock-credentials-" + random_hex(8));
  Console console_;
};

TEST_F(CredentialsTest, AServerIsFiledUnderItsHostAndTheHubUnderItsOldUrl) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "https://index.docker.io/v1/"},
      {"docker.io", "https://index.docker.io/v1/"},
      {"https://index.docker.io/v1/", "https://index.docker.io/v1/"},
      {"registry-1.docker.io", "https://index.docker.io/v1/"},
      {"https://h:5000/v2/", "h:5000"},
      {"h:5000", "h:5000"}};
  for (const auto& [server, key] : cases) EXPECT_EQ(credentials_key(server), key) << server;
}

TEST_F(CredentialsTest, WhatIsStoredIsFoundAndTheRestOfTheFileStays) {
  write(R"({"psFormat":"x","HttpHeaders":{"A":"b"}})");
  store_credentials(folder_, auth("a:b", ""), console_);
  EXPECT_EQ(text(), R"({"HttpHeaders":{"A":"b"},"auths":{"h":{"auth":"dTphOmI="}},"psFormat":"x"})"
                    "\n");
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "config.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  const api::AuthConfig found = find_credentials(folder_, "h");
  EXPECT_EQ(found.username, "u");
  EXPECT_EQ(found.password, "a:b");
  EXPECT_TRUE(erase_credentials(folder_, "h"));
  EXPECT_FALSE(erase_credentials(folder_, "h"));
  EXPECT_EQ(registry_auth_for(folder_, "h"), "");
}

TEST_F(CredentialsTest, OldFilesNameServersByUrl) {
  write(R"({"auths":{"https://h:5000/v2/":{"auth":"dTpw"}}})");
  EXPECT_EQ(find_credentials(folder_, "h:5000").username, "u");
  EXPECT_EQ(find_credentials(folder_, "h").username, "");
}

TEST_F(CredentialsTest, AnIdentityTokenIsStoredInsteadOfThePassword) {
  store_credentials(folder_, auth("", "t"), console_);
  EXPECT_EQ(text(), R"({"auths":{"h":{"auth":"dTo=","identitytoken":"t"}}})"
                    "\n");
  const std::string header = registry_auth_for(folder_, "h");
  EXPECT_EQ(decode_base64(header), R"({"username":"u","serveraddress":"h","identitytoken":"t"})");
}

TEST_F(CredentialsTest, TheEnvironmentWins) {
  write(R"({"auths":{"h":{"auth":"dTpw"}}})");
  ::setenv("DOCKER_AUTH_CONFIG", R"({"auths":{"h":{"auth":"djpx"}}})", 1);
  EXPECT_EQ(find_credentials(folder_, "h").username, "v");
}

TEST_F(CredentialsTest, BrokenFilesAreToldNotOverwritten) {
  write("{");
  EXPECT_THROW(find_credentials(folder_, "h"), Error);
  EXPECT_THROW(store_credentials(folder_, auth("p", ""), console_), Error);
  EXPECT_EQ(text(), "{");
  write(R"({"auths":{"h":{"auth":"?"}}})");
  EXPECT_THROW(find_credentials(folder_, "h"), Error);
}

TEST_F(CredentialsTest, AHelperThatIsNotThereIsAnError) {
  write(R"({"credsStore":"no-such-helper"})");
  EXPECT_THROW(find_credentials(folder_, "h"), Error);
  write(R"({"credsStore":"../evil"})");
  EXPECT_THROW(find_credentials(folder_, "h"), Error);
}

}  // namespace
}  // namespace mydock::cli
