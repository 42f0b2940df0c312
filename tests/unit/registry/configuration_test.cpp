#include "registry/configuration.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "registry/client.h"

namespace mydock::registry {
namespace {

TEST(ConfigurationTest, LoopbackAndWhatIsNamedIsInsecure) {
  const Configuration configuration{
      .insecure = {"10.0.0.0/8", "192.0.2.7:5000", "https://192.0.2.8"}};
  const std::pair<const char*, bool> cases[] = {{"127.0.0.1:5000", true},  {"[::1]:5000", true},
                                                {"10.9.8.7", true},        {"192.0.2.7:5000", true},
                                                {"192.0.2.7:5001", false}, {"192.0.2.8:1", true},
                                                {"192.0.2.9", false}};
  for (const auto& [host, insecure] : cases) {
    EXPECT_EQ(is_insecure(configuration, http::parse_authority(host, true)), insecure) << host;
  }
}

TEST(ConfigurationTest, WhatCannotWorkIsRefused) {
  for (const char* mirror : {"mirror", "ftp://m", "http://m/?q", "http://u:p@m/", "http://m/#x"}) {
    EXPECT_THROW(check_configuration({.mirrors = {mirror}}), Error) << mirror;
  }
  EXPECT_THROW(check_configuration({.insecure = {"10.0.0.0/99"}}), Error);
  EXPECT_THROW(check_configuration({.insecure = {"a b"}}), Error);
  check_configuration({.insecure = {"h", "h:1", "::1/128"}, .mirrors = {"https://m/base/"}});
}

TEST(ConfigurationTest, CertificatesComeFromTheHostsFolder) {
  const fs::path root = fs::path(testing::TempDir()) / "certs.d";
  remove_tree(root);
  make_directories(root / "h:5000", 0700);
  for (const char* name : {"ca.crt", "client.cert", "client.key", "note.txt"}) {
    write_file_atomically(root / "h:5000" / name, "", 0600);
  }
  const Configuration configuration{.certificates = {"/nowhere", root}};
  const auto options = tls_options(configuration, http::parse_authority("h:5000", true));
  EXPECT_EQ(options.authorities, std::vector<fs::path>{root / "h:5000/ca.crt"});
  ASSERT_EQ(options.clients.size(), 1U);
  EXPECT_EQ(options.clients[0].second, root / "h:5000/client.key");
  EXPECT_EQ(tls_options(configuration, http::parse_authority("h", true)), http::TlsOptions{});
  fs::remove(root / "h:5000/client.key");
  try {
    tls_options(configuration, http::parse_authority("h:5000", true));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "missing key client.key for client certificate client.cert. CA certificates must "
                 "use the extension .crt");
  }
  remove_tree(root);
}

TEST(ConfigurationTest, AServersNameIsItsHost) {
  EXPECT_EQ(registry_of(""), "docker.io");
  EXPECT_EQ(registry_of("https://index.docker.io/v1/"), "docker.io");
  EXPECT_EQ(registry_of("registry-1.docker.io"), "docker.io");
  EXPECT_EQ(registry_of("http://h:5000/x"), "h:5000");
}

}  // namespace
}  // namespace mydock::registry
