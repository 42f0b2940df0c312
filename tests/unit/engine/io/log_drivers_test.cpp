#include "engine/io/log_drivers.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::engine {
namespace {

std::string refusal(const std::string& driver, const api::StringMap& options, Kind& kind) {
  try {
    validate_log({driver, options});
  } catch (const Error& error) {
    kind = error.kind();
    return error.message();
  }
  return "";
}

TEST(LogDriversTest, WhatIsRefusedIsRefusedInDockersWords) {
  struct Case {
    std::string driver;
    api::StringMap options;
    std::string message;
    Kind kind = Kind::invalid;
  };
  const Case cases[] = {
      {"nosuch", {}, "error looking up logging plugin nosuch: plugin \"nosuch\" not found"},
      {"json-file", {{"x", "1"}}, "unknown log opt 'x' for json-file log driver"},
      {"local", {{"labels", "a"}}, "unknown log opt 'labels' for log driver local"},
      {"syslog", {{"max-size", "1"}}, "unknown log opt 'max-size' for syslog log driver"},
      {"journald", {{"max-size", "1"}}, "unknown log opt 'max-size' for journald log driver"},
      {"json-file", {{"mode", "x"}}, "logger: logging mode not supported: x"},
      {"json-file",
       {{"max-buffer-size", "1m"}},
       "logger: max-buffer-size option is only supported with 'mode=non-blocking'"},
      {"json-file",
       {{"mode", "non-blocking"}, {"max-buffer-size", "x"}},
       "error parsing option max-buffer-size: invalid size: 'x'"},
      {"json-file",
       {{"cache-disabled", "x"}},
       "log opt 'cache-disabled': strconv.ParseBool: parsing \"x\": invalid syntax"},
      {"syslog", {{"syslog-format", "x"}}, "Invalid syslog format"},
      {"syslog", {{"syslog-facility", "x"}}, "invalid syslog facility"},
      {"syslog",
       {{"syslog-address", "x"}},
       "syslog-address should be in form proto://address, got x"},
      {"syslog",
       {{"syslog-address", "http://x"}},
       "syslog-address should be in form proto://address, got http://x"},
      {"syslog",
       {{"syslog-address", "tcp+tls://x"}},
       "syslog-address: syslog over TLS is not implemented yet",
       Kind::not_implemented},
      {"gelf",
       {},
       "log driver 'gelf' is not implemented yet; there are: journald, json-file, local, none, "
       "syslog",
       Kind::not_implemented},
  };
  for (const Case& one : cases) {
    Kind kind = Kind::system;
    EXPECT_EQ(refusal(one.driver, one.options, kind), one.message);
    EXPECT_EQ(kind, one.kind) << one.message;
  }
}

TEST(LogDriversTest, WhatDriversHaveIsTaken) {
  const std::pair<std::string, api::StringMap> cases[] = {
      {"none", {}},
      {"json-file",
       {{"max-size", "1m"},
        {"max-file", "2"},
        {"compress", "true"},
        {"labels", "a"},
        {"labels-regex", "^a"},
        {"env", "A"},
        {"env-regex", "^A"},
        {"tag", "{{.Name}}"},
        {"mode", "non-blocking"},
        {"max-buffer-size", "4m"}}},
      {"local", {{"max-size", "1m"}, {"mode", "blocking"}}},
      {"syslog",
       {{"syslog-address", "udp://host"},
        {"syslog-facility", "local7"},
        {"syslog-format", "rfc5424"},
        {"cache-disabled", "true"}}},
      {"journald", {{"tag", "x"}, {"cache-max-size", "1m"}}},
  };
  for (const auto& [driver, options] : cases) {
    Kind kind{};
    EXPECT_EQ(refusal(driver, options, kind), "") << driver;
  }
}

TEST(LogDriversTest, AddressesAreTakenApart) {
  struct Case {
    std::string text;
    std::string network;
    std::string path;
    std::string host;
    std::string port;
  };
  const Case cases[] = {
      {"", "", "", "", ""},
      {"unix:///dev/log", "unix", "/dev/log", "", ""},
      {"unixgram:///run/s", "unixgram", "/run/s", "", ""},
      {"udp://10.0.0.1", "udp", "", "10.0.0.1", "514"},
      {"tcp://logs.example:6000", "tcp", "", "logs.example", "6000"},
      {"udp://[::1]:99", "udp", "", "::1", "99"},
      {"udp://[::1]", "udp", "", "::1", "514"},
  };
  for (const Case& one : cases) {
    const LogAddress address = parse_log_address(one.text);
    EXPECT_EQ(address.network, one.network) << one.text;
    EXPECT_EQ(address.path, one.path) << one.text;
    EXPECT_EQ(address.host, one.host) << one.text;
    EXPECT_EQ(address.port, one.port) << one.text;
  }
  for (const char* bad : {"udp://", "udp://:514", "unix://x", "udp://h:"}) {
    EXPECT_THROW(parse_log_address(bad), Error) << bad;
  }
}

TEST(LogDriversTest, FacilitiesHaveNamesAndNumbers) {
  EXPECT_EQ(parse_log_facility(""), 3);
  EXPECT_EQ(parse_log_facility("kern"), 0);
  EXPECT_EQ(parse_log_facility("local7"), 23);
  EXPECT_EQ(parse_log_facility("16"), 16);
  for (const char* bad : {"24", "-1", "x", "1x"}) EXPECT_THROW(parse_log_facility(bad), Error);
}

}  // namespace
}  // namespace mydock::engine
