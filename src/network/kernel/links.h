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

// Off: the link makes itself no IPv6 address and takes none from whoever sends router
// advertisements; a kernel without IPv6 is fine then. On: addresses are what we give it.
void set_ipv6(const std::string& link, bool on);

void ensure_bridge(NetlinkSocket& socket, const BridgeLink& bridge);
void remove_link(NetlinkSocket& socket, const std::string& name);
std::vector<Route> list_routes(NetlinkSocket& socket);
// Those that are there and not wanted go.
void set_default_routes(NetlinkSocket& socket, const DefaultRoutes& routes);
// Can the kernel make links of this kind?
bool knows_kind(NetlinkSocket& socket, const std::string& kind);
// A macvlan or ipvlan link on `parent` of the socket's namespace, made inside `sandbox`.
void make_stacked(NetlinkSocket& socket, const Fd& sandbox, const ContainerLink& link, int parent);

// A container's link, in the order that lets the bridge's port forward at once: a port that joins
// with its carrier there need not wait for the kernel's link watch, which runs later.
// 1. The pair, both ends down: one here, the peer in `sandbox`.
void make_veth(NetlinkSocket& socket, const Fd& sandbox, const ContainerLink& link);
// 2. Inside the sandbox: address, up, default route.
void set_up_peer(NetlinkSocket& socket, const ContainerLink& link);
// 3. Here: into the bridge, and up.
void join_bridge(NetlinkSocket& socket, const ContainerLink& link, int bridge);
// 4. Inside: a gratuitous ARP. The address may have been another container's a moment ago, whose
// port the bridge still knows for it.
void announce_peer(NetlinkSocket& socket, const ContainerLink& link);

enum class PortFlag {
  isolated,  // may not talk to other isolated ports of its bridge
  hairpin,   // gets back what it sent to itself
};
void set_port_flag(NetlinkSocket& socket, const std::string& host_name, PortFlag flag);

}  // namespace mydock::network
