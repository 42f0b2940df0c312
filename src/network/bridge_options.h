#pragma once

#include <string>
#include <string_view>

#include "network/networks.h"

// The bridge driver's options, by Docker's names: com.docker.network.…
namespace mydock::network {

constexpr std::string_view kBridgeName = "com.docker.network.bridge.name";
constexpr std::string_view kDefaultBridge = "com.docker.network.bridge.default_bridge";
constexpr std::string_view kEnableIcc = "com.docker.network.bridge.enable_icc";
constexpr std::string_view kMasquerade = "com.docker.network.bridge.enable_ip_masquerade";
constexpr std::string_view kHostBinding = "com.docker.network.bridge.host_binding_ipv4";
constexpr std::string_view kMtu = "com.docker.network.driver.mtu";

constexpr std::string_view kInterfacePrefix = "com.docker.network.container_iface_prefix";
constexpr std::string_view kParent = "parent";  // of macvlan and ipvlan

bool masquerades(const NetworkRecord& network);
bool lets_neighbours_talk(const NetworkRecord& network);
int mtu_of(const NetworkRecord& network, int otherwise);
std::string interface_prefix(const NetworkRecord& network);  // "eth"
// macvlan and ipvlan: the host's link below, and the mode (empty: the default).
std::string parent_of(const NetworkRecord& network);
std::string stacked_mode(const NetworkRecord& network);
// Errors: invalid, in Docker's words.
void check_stacked_options(const NetworkRecord& network);
// A name that may stand in a rule and that the kernel takes for a link.
bool is_link_name(std::string_view name);
// Errors: invalid, for values that the above cannot read, and names that are no link's.
void check_bridge_options(const NetworkRecord& network);

}  // namespace mydock::network
