#include "network/bridge_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <vector>

#include "base/error.h"

namespace mydock::network {

namespace {

// As Go's strconv.ParseBool.
std::optional<bool> parse_bool(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "TRUE", "true", "True"};
  static constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

std::optional<int> parse_mtu(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value != 0 && (value < 68 || value > 65535)) return std::nullopt;
  return value;
}

bool option_is_on(const NetworkRecord& network, std::string_view name) {
  const auto found = network.options.find(std::string(name));
  return found == network.options.end() || parse_bool(found->second).value_or(true);
}

}  // namespace

bool masquerades(const NetworkRecord& network) { return option_is_on(network, kMasquerade); }

bool lets_neighbours_talk(const NetworkRecord& network) {
  return option_is_on(network, kEnableIcc);
}

int mtu_of(const NetworkRecord& network, int otherwise) {
  const auto found = network.options.find(std::string(kMtu));
  if (found == network.options.end()) return otherwise;
  const int value = parse_mtu(found->second).value_or(0);
  return value == 0 ? otherwise : value;
}

namespace {

std::string option(const NetworkRecord& network, std::string_view name) {
  const auto found = network.options.find(std::string(name));
  return found == network.options.end() ? std::string() : found->second;
}

}  // namespace

std::string interface_prefix(const NetworkRecord& network) {
  const std::string prefix = option(network, kInterfacePrefix);
  return prefix.empty() ? "eth" : prefix;
}

std::string parent_of(const NetworkRecord& network) { return option(network, kParent); }

std::string stacked_mode(const NetworkRecord& network) {
  return option(network, network.driver + "_mode");
}

void check_stacked_options(const NetworkRecord& network) {
  static const std::map<std::string, std::vector<std::string>> kModes{
      {"macvlan", {"", "bridge", "private", "vepa", "passthru"}},
      {"ipvlan", {"", "l2", "l3", "l3s"}}};
  const std::string mode = stacked_mode(network);
  const auto& modes = kModes.at(network.driver);
  if (std::find(modes.begin(), modes.end(), mode) == modes.end()) {
    fail(Kind::invalid, "requested {} mode '{}' is not valid, '{}' mode is the {} driver default",
         network.driver, mode, modes[1], network.driver);
  }
  const std::string parent = parent_of(network);
  if (parent.empty()) {
    fail(Kind::not_implemented,
         "a {0} network without a parent link is not implemented: give one by -o parent=LINK",
         network.driver);
  }
  if (!is_link_name(parent)) fail(Kind::invalid, "invalid parent link name \"{}\"", parent);
}

bool is_link_name(std::string_view name) {
  if (name.empty() || name.size() > 15 || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

void check_bridge_options(const NetworkRecord& network) {
  for (const std::string_view name : {kEnableIcc, kMasquerade}) {
    const auto found = network.options.find(std::string(name));
    if (found != network.options.end() && !parse_bool(found->second)) {
      fail(Kind::invalid, "failed to parse {} value: \"{}\": invalid syntax", name, found->second);
    }
  }
  const auto mtu = network.options.find(std::string(kMtu));
  if (mtu != network.options.end() && !parse_mtu(mtu->second)) {
    fail(Kind::invalid, "failed to parse {} value: \"{}\": invalid syntax", kMtu, mtu->second);
  }
  const auto host = network.options.find(std::string(kHostBinding));
  if (host != network.options.end() && !parse_address(host->second)) {
    fail(Kind::invalid, "failed to parse {} value: \"{}\": invalid IP address", kHostBinding,
         host->second);
  }
  for (const char* mode : {"com.docker.network.bridge.gateway_mode_ipv4",
                           "com.docker.network.bridge.gateway_mode_ipv6"}) {
    const auto found = network.options.find(mode);
    if (found != network.options.end() && found->second != "nat" && !found->second.empty()) {
      fail(Kind::not_implemented, "{}={} is not implemented: only nat is", mode, found->second);
    }
  }
  if (!is_link_name(interface_prefix(network) + "0")) {
    fail(Kind::invalid, "invalid interface prefix \"{}\"", interface_prefix(network));
  }
  if (!is_link_name(network.bridge)) {
    fail(Kind::invalid, "invalid bridge name \"{}\"", network.bridge);
  }
}

}  // namespace mydock::network
