#include "http/url.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::http {
namespace {

TEST(UrlTest, PartsOfAUrl) {
  EXPECT_EQ(parse_url("https://Registry.Example/v2/?a=1#x"),
            (Url{.tls = true, .host = "registry.example", .port = 443, .target = "/v2/?a=1"}));
  EXPECT_EQ(parse_url("http://[::1]:5000"),
            (Url{.tls = false, .host = "::1", .port = 5000, .target = "/"}));
  EXPECT_EQ(parse_url("http://[::1]:5000").str(), "http://[::1]:5000/");
  EXPECT_EQ(parse_url("https://h:443/x").str(), "https://h/x");
}

TEST(UrlTest, WhatCouldLeadElsewhereIsRefused) {
  for (const char* text :
       {"file:///etc/passwd", "unix://x", "ftp://h/", "//h/x", "h/x", "", "https://",
        "https://u:p@h/", "https://h:0/", "https://h:65536/", "https://h:1x/", "https://h/a b",
        "https://h/\r\nX: y", "https://[::1", "https://h\\@evil/"}) {
    EXPECT_THROW(parse_url(text), Error) << text;
  }
}

TEST(UrlTest, ResolvesALocation) {
  const Url base = parse_url("https://h:1/v2/a/blobs/uploads/?x=1");
  const std::pair<const char*, const char*> cases[] = {
      {"http://o/y", "http://o/y"},
      {"//o/y", "https://o/y"},
      {"/v2/b?q=2", "https://h:1/v2/b?q=2"},
      {"?q=2", "https://h:1/v2/a/blobs/uploads/?q=2"},
      {"id", "https://h:1/v2/a/blobs/uploads/id"},
      {"../other", "https://h:1/v2/a/blobs/other"},
      {"../../../../../../x", "https://h:1/x"}};
  for (const auto& [location, url] : cases) {
    EXPECT_EQ(resolve_url(base, location).str(), url) << location;
  }
}

TEST(UrlTest, AQueryIsAppended) {
  EXPECT_EQ(with_query("/a", "digest", "sha256:1"), "/a?digest=sha256%3A1");
  EXPECT_EQ(with_query("/a?s=1", "digest", "x y"), "/a?s=1&digest=x%20y");
}

}  // namespace
}  // namespace mydock::http
