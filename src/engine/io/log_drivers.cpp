#include "engine/io/log_drivers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "api/units.h"
#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::array<std::string_view, 8> kJsonFileOptions{
    "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag"};
constexpr std::array<std::string_view, 3> kLocalOptions{"max-size", "max-file", "compress"};
constexpr std::array<std::string_view, 12> kSyslogOptions{
    "env",           "env-regex",       "labels",          "labels-regex",
    "tag",           "syslog-address",  "syslog-facility", "syslog-tls-ca-cert",
    "syslog-format", "syslog-tls-cert", "syslog-tls-key",  "syslog-tls-skip-verify"};
constexpr std::array<std::string_view, 5> kJournaldOptions{"env", "env-regex", "labels",
                                                           "labels-regex", "tag"};

struct Driver {
  std::string_view name;
  std::span<const std::string_view> options;
};
constexpr std::array<Driver, 4> kDrivers{
    Driver{"json-file", kJsonFileOptions}, Driver{"local", kLocalOptions},
    Driver{"syslog", kSyslogOptions}, Driver{"journald", kJournaldOptions}};
// Docker has these too.
constexpr std::array<std::string_view, 7> kNotBuilt{"awslogs", "etwlogs", "fluentd",   "gcplogs",
                                                    "gelf",    "splunk",  "logentries"};
// Every driver has these.
constexpr std::array<std::string_view, 6> kCommonOptions{"mode",           "max-buffer-size",
                                                         "cache-disabled", "cache-max-size",
                                                         "cache-max-file", "cache-compress"};

template <class Range>
bool has(const Range& range, std::string_view name) {
  return std::find(range.begin(), range.end(), name) != range.end();
}

std::string option(const api::LogConfig& log, const std::string& name) {
  const auto found = log.config.find(name);
  return found == log.config.end() ? std::string() : found->second;
}

void validate_mode(const api::LogConfig& log) {
  const std::string mode = option(log, "mode");
  if (!mode.empty() && mode != "blocking" && mode != "non-blocking") {
    fail(Kind::invalid, "logger: logging mode not supported: {}", mode);
  }
  if (!log.config.contains("max-buffer-size")) return;
  if (mode != "non-blocking") {
    fail(Kind::invalid,
         "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  const std::string size = option(log, "max-buffer-size");
  if (!api::parse_size(size)) {
    fail(Kind::invalid, "error parsing option max-buffer-size: invalid size: '{}'", size);
  }
}

void validate_syslog(const api::LogConfig& log) {
  for (const auto& [name, value] : log.config) {
    if (name.starts_with("syslog-tls-")) {
      fail(Kind::not_implemented, "log opt '{}': syslog over TLS is not implemented yet", name);
    }
  }
  parse_log_address(option(log, "syslog-address"));
  parse_log_facility(option(log, "syslog-facility"));
  constexpr std::array<std::string_view, 4> kFormats{"", "rfc3164", "rfc5424", "rfc5424micro"};
  if (!has(kFormats, option(log, "syslog-format"))) fail(Kind::invalid, "Invalid syslog format");
}

}  // namespace

bool parse_log_flag(std::string_view name, const std::string& text) {
  constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "FALSE", "false", "False"};
  if (has(kTrue, text)) return true;
  if (has(kFalse, text)) return false;
  fail(Kind::invalid, "log opt '{}': strconv.ParseBool: parsing \"{}\": invalid syntax", name,
       text);
}

LogAddress parse_log_address(std::string_view text) {
  LogAddress address;
  if (text.empty()) return address;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    fail(Kind::invalid, "syslog-address should be in form proto://address, got {}", text);
  }
  address.network = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 3);
  if (address.network == "unix" || address.network == "unixgram") {
    if (rest.empty() || rest.front() != '/') {
      fail(Kind::invalid, "syslog-address: '{}' names no absolute path", text);
    }
    address.path = rest;
    return address;
  }
  if (address.network == "tcp+tls") {
    fail(Kind::not_implemented, "syslog-address: syslog over TLS is not implemented yet");
  }
  if (address.network != "udp" && address.network != "tcp") {
    fail(Kind::invalid, "syslog-address should be in form proto://address, got {}", text);
  }
  rest = rest.substr(0, rest.find('/'));
  const std::size_t bracket = rest.find(']');
  const std::size_t port =
      rest.find(':', bracket == std::string_view::npos ? std::size_t{0} : bracket);
  address.host = rest.substr(0, port);
  address.port = port == std::string_view::npos ? "514" : std::string(rest.substr(port + 1));
  if (address.host.size() > 1 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host.empty() || address.port.empty()) {
    fail(Kind::invalid, "syslog-address: '{}' names no host", text);
  }
  return address;
}

int parse_log_facility(std::string_view text) {
  constexpr int kDaemon = 3;
  constexpr std::array<std::string_view, 24> kNames{
      "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
      "uucp",   "cron",   "authpriv", "ftp",    "",       "",       "",       "",
      "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
  if (text.empty()) return kDaemon;
  if (const auto found = std::find(kNames.begin(), kNames.end(), text); found != kNames.end()) {
    return static_cast<int>(found - kNames.begin());
  }
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0 &&
      number < static_cast<int>(kNames.size())) {
    return number;
  }
  fail(Kind::invalid, "invalid syslog facility");
}

void validate_log(const api::LogConfig& log) {
  if (log.type == "none") return;
  if (has(kNotBuilt, log.type)) {
    fail(Kind::not_implemented, "log driver '{}' is not implemented yet; there are: {}", log.type,
         fmt::join(log_driver_names(), ", "));
  }
  const auto driver = std::find_if(kDrivers.begin(), kDrivers.end(),
                                   [&](const Driver& known) { return known.name == log.type; });
  if (driver == kDrivers.end()) {
    fail(Kind::invalid, "error looking up logging plugin {0}: plugin \"{0}\" not found", log.type);
  }
  validate_mode(log);
  for (const std::string name : {"cache-disabled", "cache-compress"}) {
    if (log.config.contains(name)) parse_log_flag(name, option(log, name));
  }
  for (const auto& [name, value] : log.config) {
    if (has(kCommonOptions, name) || has(driver->options, name)) continue;
    if (log.type == "local") fail(Kind::invalid, "unknown log opt '{}' for log driver local", name);
    fail(Kind::invalid, "unknown log opt '{}' for {} log driver", name, log.type);
  }
  if (log.type == "syslog") validate_syslog(log);
}

api::Strings log_driver_names() { return {"journald", "json-file", "local", "none", "syslog"}; }

}  // namespace mydock::engine
