#include "registry/tokens.h"

#include <gtest/gtest.h>

#include "registry/client.h"
#include "registry/refusal.h"
#include "tests/unit/registry/fake_registry.h"

namespace mydock::registry {
namespace {

// A registry that wants a bearer token, and its token server beside it.
class TokensTest : public testing::Test {
 protected:
  TokensTest() {
    fake_.put_manifest("a", "1", "application/vnd.oci.image.manifest.v1+json", "{}");
    fake_.hook = [this](http::Request& request, http::Responder& respond) {
      if (request.path() == "/token") {
        give_token(request, respond);
        return true;
      }
      if (request.header("Authorization") == "Bearer " + wanted_) return false;
      respond.header("WWW-Authenticate",
                     fmt::format(R"(Bearer realm="{}/token",service="s",scope="repository:a:pull")",
                                 fake_.url()));
      respond.send(401, "", R"({"errors":[{"code":"UNAUTHORIZED","message":"no"}]})");
      return true;
    };
  }
  void give_token(http::Request& request, http::Responder& respond) {
    form_ = request.read_body();
    const std::string given = request.header("Authorization");
    if (!given.empty() && given != "Basic dTpw")
      return respond.send(401, "", R"({"details":"bad"})");
    respond.send(200, "application/json", answer_);
  }
  std::string manifest(const Credentials& credentials = {}) {
    try {
      const auto name = oci::Reference::parse_familiar(fake_.address() + "/a:1");
      return client_.open(name, credentials, Access::pull, {}).manifest("1", {}).text;
    } catch (const Error& error) {
      return error.message();
    }
  }

  FakeRegistry fake_;
  std::string wanted_ = "t1";
  std::string answer_ = R"({"token":"t1","refresh_token":"r1"})";
  std::string form_;
  Client client_{Configuration{}};
};

TEST_F(TokensTest, AnonymousGetsATokenOnceForManyPulls) {
  EXPECT_EQ(manifest(), "{}");
  EXPECT_EQ(manifest(), "{}");
  EXPECT_EQ(fake_.count("GET /token?service=s&scope=repository%3Aa%3Apull"), 1U);
}

TEST_F(TokensTest, APasswordGoesToTheTokenServerOnly) {
  EXPECT_EQ(manifest({.username = "u", .password = "p"}), "{}");
  EXPECT_EQ(fake_.count("GET /token?service=s&scope=repository%3Aa%3Apull&account=u"), 1U);
  EXPECT_EQ(fake_.authorizations, (std::vector<std::string>{"Basic dTpw", "Bearer t1"}));
  EXPECT_EQ(manifest({.username = "u", .password = "wrong"}), "bad");
}

TEST_F(TokensTest, AnIdentityTokenIsTradedByPost) {
  answer_ = R"({"access_token":"t1"})";
  EXPECT_EQ(manifest({.identity_token = "r 1"}), "{}");
  EXPECT_EQ(form_,
            "grant_type=refresh_token&refresh_token=r%201&service=s&client_id=docker&scope="
            "repository%3Aa%3Apull");
}

TEST_F(TokensTest, ATokenThatTheRegistryRefusesIsReplacedOnce) {
  EXPECT_EQ(manifest(), "{}");
  wanted_ = "t2";
  answer_ = R"({"token":"t2"})";
  EXPECT_EQ(manifest(), "{}");
  wanted_ = "none";
  EXPECT_EQ(manifest(), "unauthorized: no");
}

TEST_F(TokensTest, ARegistryTokenIsSentAsItIs) {
  EXPECT_EQ(manifest({.registry_token = "t1"}), "{}");
  EXPECT_FALSE(fake_.saw("/token"));
}

TEST_F(TokensTest, NonsenseFromATokenServerIsAnError) {
  for (const char* answer : {"", "[]", R"({"token":null})", R"({"token":"a\r\nX: y"})", "{"}) {
    answer_ = answer;
    EXPECT_NE(manifest(), "{}") << answer;
  }
}

TEST_F(TokensTest, LoginAnswersTheRefreshToken) {
  EXPECT_EQ(client_.log_in(fake_.url() + "/v2/", {.username = "u", .password = "p"}, {}), "r1");
  EXPECT_TRUE(fake_.saw("offline_token=true"));
  try {
    client_.log_in(fake_.address(), {.username = "u", .password = "wrong"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::unauthorized);
  }
}

}  // namespace
}  // namespace mydock::registry
