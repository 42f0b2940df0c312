#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/kernel.h"
#include "network/kernel/netlink.h"

// Links, addresses and routes, by rtnetlink(7). Each works in the network namespace that its socket
// belongs to.
namespace mydock::network {

// No value: no such link.
std::optional<int> find_link(const std::string& name);
int get_link(const std::string& name);  // errors: system

void ensure_bridge(NetlinkSocket& socket, const BridgeLink& bridge);
void remove_link(NetlinkSocket& socket, const std::string& name);
std::vector<Route> list_routes(NetlinkSocket& socket);

// The pair, both ends up: one here as a port of the bridge, the peer in `sandbox`.
void make_veth(NetlinkSocket& socket, const Fd& sandbox, const ContainerLink& link, int bridge);
// Keeps the port from talking to other isolated ports of its bridge.
void isolate_port(NetlinkSocket& socket, const std::string& host_name);
// Inside the sandbox: address, default route, and a gratuitous ARP.
void configure_peer(NetlinkSocket& socket, const ContainerLink& link);

}  // namespace mydock::network
