#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/host_config.h"

namespace mydock::engine {

// What a container's output can be given to: what `create` checks.
// Errors, in Docker's words: invalid (no such driver, an option that it has not, an address);
// not_implemented (a driver of Docker's that is not built here).
void validate_log(const api::LogConfig& log);

// "unix:///dev/log", "udp://host:514" taken apart. Empty text: both empty.
struct LogAddress {
  std::string network;  // unix, unixgram, udp, tcp
  std::string path;     // or
  std::string host;     // a name or an address, without brackets
  std::string port;
};
// Errors: invalid; not_implemented (tcp+tls).
LogAddress parse_log_address(std::string_view text);
// "local0", "16"; empty is daemon. Errors: invalid.
int parse_log_facility(std::string_view text);
// Go's strconv.ParseBool. Errors: invalid, which names the option.
bool parse_log_flag(std::string_view option, const std::string& text);

// The drivers that are built, as `info` lists them.
api::Strings log_driver_names();

}  // namespace mydock::engine
