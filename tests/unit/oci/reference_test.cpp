#include "oci/reference.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::oci {
namespace {

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

TEST(ReferenceTest, BareNameMeansLibraryOnDockerHubAtLatest) {
  EXPECT_EQ(Reference::parse_familiar("alpine"),
            (Reference{"docker.io", "library/alpine", "latest", {}}));
}

TEST(ReferenceTest, NamesAreReadAsDockerReadsThem) {
  struct Case {
    std::string text, full, familiar;
  };
  const std::vector<Case> cases = {
      {"alpine", "docker.io/library/alpine:latest", "alpine:latest"},
      {"alpine:3.19", "docker.io/library/alpine:3.19", "alpine:3.19"},
      {"user/app", "docker.io/user/app:latest", "user/app:latest"},
      {"docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"},
      {"index.docker.io/user/app", "docker.io/user/app:latest", "user/app:latest"},
      {"localhost/app", "localhost/app:latest", "localhost/app:latest"},
      {"localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"},
      {"ghcr.io/a/b/c", "ghcr.io/a/b/c:latest", "ghcr.io/a/b/c:latest"},
      {"HOST/app", "HOST/app:latest", "HOST/app:latest"},
      {"[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"},
      {"a/b_c/d__e/f---g/h.i", "docker.io/a/b_c/d__e/f---g/h.i:latest",
       "a/b_c/d__e/f---g/h.i:latest"},
      {"alpine@" + kDigest, "docker.io/library/alpine@" + kDigest, "alpine@" + kDigest},
      {"alpine:3@" + kDigest, "docker.io/library/alpine:3@" + kDigest, "alpine:3@" + kDigest},
      {"docker.io/localhost/app", "docker.io/localhost/app:latest",
       "docker.io/localhost/app:latest"},
      {"docker.io/" + kHex, "docker.io/library/" + kHex + ":latest",
       "docker.io/library/" + kHex + ":latest"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.text);
    const Reference reference = Reference::parse_familiar(test.text);
    EXPECT_EQ(reference.str(), test.full);
    EXPECT_EQ(reference.familiar(), test.familiar);
    EXPECT_EQ(Reference::parse_familiar(reference.familiar()), reference);
    EXPECT_EQ(Reference::parse_familiar(reference.str()), reference);
  }
}

TEST(ReferenceTest, WithoutADefaultTheTagStaysEmpty) {
  EXPECT_EQ(Reference::parse_name("alpine").tag, "");
  EXPECT_EQ(Reference::parse_name("alpine").familiar(), "alpine");
}

TEST(ReferenceTest, WhatIsWrongIsToldInDockersWords) {
  const std::string format = "invalid reference format";
  struct Case {
    std::string text, message;
  };
  const std::vector<Case> cases = {
      {"", format},
      {"Foo", format + ": repository name (library/Foo) must be lowercase"},
      {"user/Foo:v1", format + ": repository name (user/Foo) must be lowercase"},
      {"UPPER/X", format + ": repository name (X) must be lowercase"},
      {kHex, "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings"},
      {"a//b", format},
      {"/a", format},
      {"a/", format},
      {"a:tag:tag", format},
      {"a:", format},
      {"a:" + std::string(129, 't'), format},
      {"a:-tag", format},
      {"@" + kDigest, format},
      {"@sha256:", format},
      {"a@sha256:abc", format},
      {"a@" + kDigest + "@" + kDigest, format},
      {"-a", format},
      {"a-", format},
      {"a..b", format},
      {"a___b", format},
      {"a b", format},
      {"a\n", format},
      {std::string("a\0b", 3), format},
      {"localhost/../x", format},
      {"\xc3\xa9/x", format},
      {"host.:80/x", format},
      {"host:/x", format},
      {"host:port/x", format},
      {"[::1/x", format},
      {"[]:1/x", format},
      {"-h.x/y", format},
      {"http://host/x", format},
      {std::string(256, 'a'), format + ": repository name must not be more than 255 characters"},
      {"a@md5:" + std::string(32, 'a'), "unsupported digest algorithm \"md5\""},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.text);
    try {
      Reference::parse_familiar(test.text);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid);
      EXPECT_EQ(error.what(), test.message);
    }
  }
}

}  // namespace
}  // namespace mydock::oci
