#include "cli/create/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "api/units.h"
#include "base/error.h"
#include "cli/format/value.h"
#include "oci/platform.h"

namespace mydock::cli {

namespace {

constexpr std::array<std::string_view, 16> kUlimits = {
    "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
    "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string number_error(std::string_view text) {
  return fmt::format("strconv.ParseInt: parsing {}: invalid syntax", go_quote(text));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

void check_label(const std::string& text) {
  const auto [key, value] = split_pair(text);
  if (key.find_first_not_of(" \t") == std::string::npos) {
    fail(Kind::invalid, "invalid label '{}': empty name", text);
  }
  if (key.find_first_of(" \t") == 0) {
    fail(Kind::invalid, "label '{}' contains whitespaces", key);
  }
}

void check_add_host(const std::string& text) {
  const auto at = text.find_first_of("=:");
  const std::string name = text.substr(0, at);
  if (at == std::string::npos || name.empty()) {
    fail(Kind::invalid, "bad format for add-host: {}", go_quote(text));
  }
  std::string address = text.substr(at + 1);
  if (address == "host-gateway") return;
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  if (!is_ip_address(address)) {
    fail(Kind::invalid, "invalid IP address in add-host: {}", go_quote(address));
  }
}

void check_sysctl(const std::string& text) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
      "kernel.shmall", "kernel.shmmax", "kernel.shmmni"};
  const auto [key, value] = split_pair(text);
  const bool known = std::find(kNames.begin(), kNames.end(), key) != kNames.end() ||
                     key == "kernel.shm_rmid_forced" || key.starts_with("net.") ||
                     key.starts_with("fs.mqueue.");
  if (text.find('=') == std::string::npos || !known) {
    fail(Kind::invalid, "sysctl '{}' is not allowed", text);
  }
}

void check_cgroup_rule(const std::string& text) {
  const auto digits_or_star = [](std::string_view part) {
    return part == "*" ||
           (!part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos);
  };
  const std::size_t colon = text.find(':');
  const std::size_t blank = text.find(' ', colon == std::string::npos ? 0 : colon);
  const bool shape = text.size() > 2 &&
                     std::string_view("acb").find(text[0]) != std::string_view::npos &&
                     text[1] == ' ' && colon != std::string::npos && blank != std::string::npos &&
                     digits_or_star(std::string_view(text).substr(2, colon - 2)) &&
                     digits_or_star(std::string_view(text).substr(colon + 1, blank - colon - 1));
  const std::string access = shape ? text.substr(blank + 1) : "";
  if (access.empty() || access.size() > 3 || access.find_first_not_of("rwm") != std::string::npos) {
    fail(Kind::invalid, "invalid device cgroup format '{}'", text);
  }
}

}  // namespace

std::pair<std::string, std::string> split_pair(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

std::optional<bool> parse_bool(std::string_view text) {
  const std::string word = lower(text);
  if (word == "1" || word == "t" || word == "true") return true;
  if (word == "0" || word == "f" || word == "false") return false;
  return std::nullopt;
}

bool is_ip_address(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  const std::string address(text);
  return inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
}

std::vector<std::string> split_csv(std::string_view text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"' && (quoted || fields.back().empty())) {
      quoted = !quoted;
    } else if (c == '"') {
      fail(Kind::invalid, "parse error on line 1, column {}: bare \" in non-quoted-field", i + 1);
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted)
    fail(Kind::invalid, "parse error on line 1: extraneous or missing \" in quoted-field");
  return fields;
}

api::Ulimit parse_ulimit(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) fail(Kind::invalid, "invalid ulimit argument: {}", text);
  api::Ulimit limit;
  limit.name = text.substr(0, equals);
  if (std::find(kUlimits.begin(), kUlimits.end(), limit.name) == kUlimits.end()) {
    fail(Kind::invalid, "invalid ulimit type: {}", limit.name);
  }
  const std::string_view values = text.substr(equals + 1);
  const std::size_t colon = values.find(':');
  if (colon != std::string_view::npos && values.find(':', colon + 1) != std::string_view::npos) {
    fail(Kind::invalid,
         "too many limit value arguments - {}, can only have up to two, `soft[:hard]`", values);
  }
  const std::string_view soft = values.substr(0, colon);
  const std::string_view hard = colon == std::string_view::npos ? soft : values.substr(colon + 1);
  const auto soft_limit = parse_integer(soft);
  const auto hard_limit = parse_integer(hard);
  if (!soft_limit || !hard_limit) fail(Kind::invalid, "{}", number_error(soft_limit ? hard : soft));
  limit.soft = *soft_limit;
  limit.hard = *hard_limit;
  if (limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard)) {
    fail(Kind::invalid, "ulimit soft limit must be less than or equal to hard limit: {} > {}",
         limit.soft, limit.hard);
  }
  return limit;
}

NetworkChoice parse_network(std::string_view text) {
  NetworkChoice choice;
  if (text.find('=') == std::string_view::npos) {
    choice.name = text;
    return choice;
  }
  for (const std::string& field : split_csv(text)) {
    const auto equals = field.find('=');
    if (equals == std::string::npos || equals == 0) {
      fail(Kind::invalid, "invalid field {}", field);
    }
    const std::string key = lower(field.substr(0, equals));
    const std::string value = field.substr(equals + 1);
    if (key == "name")
      choice.name = value;
    else if (key == "alias")
      choice.aliases.push_back(value);
    else if (key == "ip")
      choice.ip = value;
    else if (key == "ip6")
      choice.ip6 = value;
    else if (key == "mac-address")
      choice.mac_address = value;
    else if (key == "link-local-ip")
      choice.link_local_ips.push_back(value);
    else if (key == "driver-opt")
      choice.driver_options.insert(split_pair(value));
    else if (key == "gw-priority")
      choice.gateway_priority = parse_integer(value).value_or(0);
    else
      fail(Kind::invalid, "invalid field key {}", key);
  }
  if (choice.name.empty()) fail(Kind::invalid, "network name/id is not specified");
  return choice;
}

api::DeviceRequest parse_gpus(std::string_view text) {
  api::DeviceRequest request;
  api::Strings capabilities = {"gpu"};
  request.options = api::StringMap{};
  bool counted = false;
  for (const std::string& field : split_csv(text)) {
    const auto equals = field.find('=');
    const auto [key, value] = split_pair(field);
    if (equals == std::string::npos || key == "count") {
      const std::string number = equals == std::string::npos ? key : value;
      const auto count = number == "all" ? std::optional<std::int64_t>(-1) : parse_integer(number);
      if (!count) {
        fail(Kind::invalid, "invalid count ({}): value must be either \"all\" or an integer: {}",
             number, "strconv.Atoi: parsing " + go_quote(number) + ": invalid syntax");
      }
      request.count = *count;
      counted = true;
    } else if (key == "driver") {
      request.driver = value;
    } else if (key == "device") {
      request.device_ids = split_csv(value);
    } else if (key == "capabilities") {
      for (std::string& word : split_csv(value)) capabilities.push_back(std::move(word));
    } else if (key == "options") {
      for (const std::string& option : split_csv(value))
        request.options->insert(split_pair(option));
    } else {
      fail(Kind::invalid, "unexpected key '{}' in '{}'", key, field);
    }
  }
  if (!counted && !request.device_ids) request.count = 1;
  request.capabilities = std::vector<api::Strings>{std::move(capabilities)};
  return request;
}

api::DeviceMapping parse_device(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(':', start), text.size());
    parts.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  const auto is_mode = [](const std::string& mode) {
    return !mode.empty() && mode.size() <= 3 && mode.find_first_not_of("rwm") == std::string::npos;
  };
  if (parts.size() > 3 || parts[0].empty()) {
    fail(Kind::invalid, "invalid device specification: {}", text);
  }
  api::DeviceMapping device{
      .path_on_host = parts[0], .path_in_container = {}, .cgroup_permissions = "rwm"};
  if (parts.size() == 3) device.cgroup_permissions = parts[2];
  if (parts.size() > 1 && is_mode(parts[1]) && parts.size() == 2) {
    device.cgroup_permissions = parts[1];
  } else if (parts.size() > 1) {
    device.path_in_container = parts[1];
  }
  if (device.path_in_container.empty()) device.path_in_container = parts[0];
  if (!is_mode(device.cgroup_permissions)) {
    fail(Kind::invalid, "bad mode specified: {}", device.cgroup_permissions);
  }
  return device;
}

api::ThrottleDevice parse_throttle(std::string_view text, bool bytes) {
  const auto [path, rate] = split_pair(text, ':');
  if (text.find(':') == std::string_view::npos) fail(Kind::invalid, "bad format: {}", text);
  if (!path.starts_with("/dev/")) fail(Kind::invalid, "bad format for device path: {}", text);
  const auto value = bytes ? api::parse_size(rate) : parse_integer(rate);
  if (!value || *value < 0) {
    fail(Kind::invalid,
         "invalid rate for device: {}. The correct format is <device-path>:<number>{}", text,
         bytes ? "[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, "
                 "or gb"
               : ". Number must be a positive integer");
  }
  return {.path = path, .rate = static_cast<std::uint64_t>(*value)};
}

api::WeightDevice parse_weight(std::string_view text) {
  const auto [path, weight] = split_pair(text, ':');
  if (text.find(':') == std::string_view::npos) fail(Kind::invalid, "bad format: {}", text);
  if (!path.starts_with("/dev/")) fail(Kind::invalid, "bad format for device path: {}", text);
  const auto value = parse_integer(weight);
  if (!value || (*value != 0 && (*value < 10 || *value > 1000))) {
    fail(Kind::invalid, "invalid weight for device: {}", text);
  }
  return {.path = path, .weight = static_cast<std::uint16_t>(*value)};
}

api::RestartPolicy parse_restart(std::string_view text) {
  api::RestartPolicy policy;
  if (text.empty()) return policy;
  const auto [name, count] = split_pair(text, ':');
  if (name.empty())
    fail(Kind::invalid, "invalid restart policy format: no policy provided before colon");
  policy.name = name;
  if (count.empty()) return policy;
  const auto number = parse_integer(count);
  if (!number)
    fail(Kind::invalid, "invalid restart policy format: maximum retry count must be an integer");
  policy.maximum_retry_count = *number;
  return policy;
}

void check_list_value(std::string_view flag, const std::string& text) {
  if (flag == "attach") {
    const std::string stream = lower(text);
    if (stream != "stdin" && stream != "stdout" && stream != "stderr") {
      fail(Kind::invalid, "valid streams are STDIN, STDOUT and STDERR");
    }
  } else if (flag == "env" && text.starts_with('=')) {
    fail(Kind::invalid, "invalid environment variable: {}", text);
  } else if (flag == "env" && text.empty()) {
    fail(Kind::invalid, "invalid environment variable: {}", text);
  } else if (flag == "label") {
    check_label(text);
  } else if (flag == "add-host") {
    check_add_host(text);
  } else if (flag == "dns" && !is_ip_address(text)) {
    fail(Kind::invalid, "IP address is not correctly formatted: {}", text);
  } else if (flag == "link" && text.empty()) {
    fail(Kind::invalid, "empty string specified for links");
  } else if (flag == "link" && std::count(text.begin(), text.end(), ':') > 1) {
    fail(Kind::invalid, "bad format for links: {}", text);
  } else if (flag == "sysctl") {
    check_sysctl(text);
  } else if (flag == "device-cgroup-rule") {
    check_cgroup_rule(text);
  } else if (flag.starts_with("device-read-") || flag.starts_with("device-write-")) {
    parse_throttle(text, flag.ends_with("bps"));
  } else if (flag == "blkio-weight-device") {
    parse_weight(text);
  } else if (flag == "gpus") {
    parse_gpus(text);
  }
}

std::string platform_query(std::string_view text) {
  return text.empty() ? std::string() : to_json(oci::parse_platform(text));
}

}  // namespace mydock::cli
