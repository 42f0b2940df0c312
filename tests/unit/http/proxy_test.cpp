#include "http/proxy.h"

#include <gtest/gtest.h>

#include "http/dial.h"

namespace mydock::http {
namespace {

TEST(ProxyTest, NoProxyListsWhatGoesDirectly) {
  ProxySettings settings{.http = "p:1", .https = "http://u:p%40w@p:2/", .none = {}};
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"", "https://example.com/", true},
      {"", "https://localhost/", false},
      {"", "http://127.0.0.2:5000/", false},
      {"", "http://[::1]/", false},
      {"*", "https://example.com/", false},
      {"example.com", "https://example.com/", false},
      {"example.com", "https://a.example.com/", false},
      {"example.com", "https://badexample.com/", true},
      {".example.com", "https://example.com/", true},
      {"*.example.com", "https://a.example.com/", false},
      {"10.0.0.0/8, other", "http://10.1.2.3/", false},
      {"10.0.0.0/8", "http://11.1.2.3/", true},
      {"example.com:444", "https://example.com/", true},
      {"example.com:443", "https://example.com/", false}};
  for (const auto& [none, url, asked] : cases) {
    settings.none = none;
    EXPECT_EQ(find_proxy(settings, parse_url(url)).has_value(), asked) << none << " " << url;
  }
}

TEST(ProxyTest, UserAndPasswordGoIntoAHeaderAndAreUnescaped) {
  const ProxySettings settings{.http = "p:1", .https = "http://u:p%40w@p:2/", .none = {}};
  const auto proxy = find_proxy(settings, parse_url("https://example.com/"));
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->url.origin(), "http://p:2");
  EXPECT_EQ(proxy->authorization, "Basic dTpwQHc=");
  EXPECT_EQ(find_proxy(settings, parse_url("http://example.com/"))->url.origin(), "http://p:1");
}

TEST(DialTest, NetworksHoldAddresses) {
  EXPECT_TRUE(in_network("127.9.9.9", "127.0.0.0/8"));
  EXPECT_TRUE(in_network("10.1.255.255", "10.1.0.0/16"));
  EXPECT_FALSE(in_network("10.2.0.0", "10.1.0.0/16"));
  EXPECT_TRUE(in_network("::1", "::1/128"));
  EXPECT_TRUE(in_network("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(in_network("::1", "127.0.0.0/8"));
  EXPECT_FALSE(in_network("host", "127.0.0.0/8"));
  EXPECT_FALSE(in_network("10.0.0.1", "10.0.0.0/33"));
}

}  // namespace
}  // namespace mydock::http
