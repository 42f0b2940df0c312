#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/container_create.h"

namespace mydock::cli {

// The values of single flags. Errors: invalid, in docker's words.

api::Mount parse_mount(std::string_view text);
api::Ulimit parse_ulimit(std::string_view text);
// A --network value: a name, or CSV with its options.
struct NetworkChoice {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<std::string> link_local_ips;
  std::string ip;
  std::string ip6;
  std::string mac_address;
  api::StringMap driver_options;
  std::int64_t gateway_priority = 0;
};
NetworkChoice parse_network(std::string_view text);
api::DeviceRequest parse_gpus(std::string_view text);
// Of the list flags that docker checks at once: attach, env, label, add-host, dns, link, …
void check_list_value(std::string_view flag, const std::string& text);
api::DeviceMapping parse_device(std::string_view text);
// "/dev/sda:1mb".
api::ThrottleDevice parse_throttle(std::string_view text, bool bytes);
api::WeightDevice parse_weight(std::string_view text);
api::RestartPolicy parse_restart(std::string_view text);

// One record of comma-separated values, with Go's rules for quotes.
std::vector<std::string> split_csv(std::string_view text);
std::pair<std::string, std::string> split_pair(std::string_view text, char separator = '=');
// strconv.ParseBool; no value: neither.
std::optional<bool> parse_bool(std::string_view text);
bool is_ip_address(std::string_view text);

// --platform "linux/arm64" as the API takes it; empty stays empty. Errors: invalid.
std::string platform_query(std::string_view text);

}  // namespace mydock::cli
