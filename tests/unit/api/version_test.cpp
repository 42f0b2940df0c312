#include "api/version.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::api {
namespace {

std::string error_of(std::string_view path) {
  try {
    split_version(path);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(VersionTest, PartsCompareAsNumbers) {
  EXPECT_LT((ApiVersion{1, 9}), (ApiVersion{1, 24}));
  EXPECT_LT((ApiVersion{1, 56}), (ApiVersion{2, 0}));
  EXPECT_EQ(ApiVersion::parse("1.41"), (ApiVersion{1, 41}));
  for (const char* text : {"", "1", "1.", ".1", "1.x", "1.2.3", "1.-1", " 1.2"}) {
    EXPECT_FALSE(ApiVersion::parse(text)) << text;
  }
}

TEST(VersionTest, ThePrefixIsSplitOff) {
  EXPECT_EQ(split_version("/v1.41/containers/json").version, (ApiVersion{1, 41}));
  EXPECT_EQ(split_version("/v1.41/containers/json").path, "/containers/json");
  for (const char* path : {"/containers/json", "/vfoo/json", "/volumes", "/v1.41", "/v1/x"}) {
    EXPECT_EQ(split_version(path).version, kAdvertised) << path;
    EXPECT_EQ(split_version(path).path, path) << path;
  }
}

TEST(VersionTest, TooOldAndTooNewAreRefusedInDockersWords) {
  EXPECT_EQ(error_of("/v1.23/info"),
            "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade "
            "your client to a newer version");
  EXPECT_EQ(error_of("/v1.99/info"),
            "client version 1.99 is too new. Maximum supported API version is 1.56");
  EXPECT_EQ(error_of("/v1.24/info"), "");
  EXPECT_EQ(error_of("/v1.56/info"), "");
}

TEST(VersionTest, ARouteMayNeedAVersion) {
  EXPECT_NO_THROW(require_version({1, 25}, {1, 25}, "POST", "/containers/prune"));
  try {
    require_version({1, 24}, {1, 25}, "POST", "/containers/prune");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "POST /containers/prune requires minimum API version 1.25");
  }
}

}  // namespace
}  // namespace mydock::api
