#include "network/kernel/links.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <array>
#include <cstring>

#include "base/error.h"

namespace mydock::network {

namespace {

constexpr int kCreate = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;

ifinfomsg link_header(int index, unsigned flags = 0, int family = AF_UNSPEC) {
  ifinfomsg header{};
  header.ifi_family = static_cast<unsigned char>(family);
  header.ifi_index = index;
  header.ifi_flags = flags;
  header.ifi_change = flags;
  return header;
}

ifaddrmsg address_header(int index, const Cidr& address) {
  ifaddrmsg header{};
  header.ifa_family = address.address.v6 ? AF_INET6 : AF_INET;
  header.ifa_prefixlen = static_cast<unsigned char>(address.prefix);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = static_cast<unsigned>(index);
  return header;
}

void add_address(NetlinkBatch& batch, int index, const std::string& name, const Cidr& address) {
  batch.begin(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
              fmt::format("give {} the address {}", name, to_string(address)),
              address_header(index, address));
  batch.bytes(IFA_LOCAL, to_wire(address.address).bytes());
  batch.bytes(IFA_ADDRESS, to_wire(address.address).bytes());
  if (address.address.v6) {
    // We know that it is nobody else's: asking would take a second.
    batch.value(IFA_FLAGS, std::uint32_t{IFA_F_NODAD});
  } else if (address.prefix < 31) {
    batch.bytes(IFA_BROADCAST, to_wire(address.last()).bytes());
  }
}

void make_bridge(NetlinkSocket& socket, const BridgeLink& bridge) {
  NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, kCreate, "make the bridge " + bridge.name, link_header(0));
  batch.text(IFLA_IFNAME, bridge.name);
  batch.value(IFLA_MTU, static_cast<std::uint32_t>(bridge.mtu));
  // Without an address of its own a bridge takes the lowest of its ports', and changes it as they
  // come and go.
  batch.value(IFLA_ADDRESS, mac_for(bridge.gateway.address).bytes);
  const auto info = batch.open(IFLA_LINKINFO);
  batch.text(IFLA_INFO_KIND, "bridge");
  batch.close(info);
  socket.execute(batch);
}

rtmsg default_route(bool v6) {
  rtmsg route{};
  route.rtm_family = v6 ? AF_INET6 : AF_INET;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BOOT;
  route.rtm_scope = RT_SCOPE_UNIVERSE;
  route.rtm_type = RTN_UNICAST;
  return route;
}

void add_default_route(NetlinkBatch& batch, int index, Address gateway) {
  batch.begin(RTM_NEWROUTE, kCreate, "add the default route by " + to_string(gateway),
              default_route(gateway.v6));
  batch.bytes(RTA_GATEWAY, to_wire(gateway).bytes());
  batch.value(RTA_OIF, static_cast<std::uint32_t>(index));
}

// The gateways of the default routes that are there.
std::vector<Address> default_gateways(NetlinkSocket& socket, bool v6) {
  NetlinkBatch request;
  rtmsg wanted{};
  wanted.rtm_family = v6 ? AF_INET6 : AF_INET;
  request.begin(RTM_GETROUTE, NLM_F_DUMP, "list routes", wanted);
  std::vector<Address> result;
  socket.dump(request, [&](int type, ConstBytes payload) {
    rtmsg header{};
    if (type != RTM_NEWROUTE || payload.size() < sizeof header) return;
    std::memcpy(&header, payload.data(), sizeof header);
    if (header.rtm_table != RT_TABLE_MAIN || header.rtm_dst_len != 0) return;
    for (const auto& attribute : netlink_attributes(payload.subspan(sizeof header))) {
      if (attribute.type == RTA_GATEWAY) result.push_back(from_wire(attribute.data));
    }
  });
  return result;
}

// A carrier that has just come lets packets pass only after the kernel's link watch has run, which
// is later; what is sent before is lost, and an ARP request is repeated only after a second. Asking
// for the link makes the kernel do it now (rtnl_getlink, since Linux 6.7).
void settle(NetlinkBatch& batch, const std::string& name) {
  batch.begin(RTM_GETLINK, NLM_F_ACK, "ask for the link " + name, link_header(0));
  batch.text(IFLA_IFNAME, name);
  batch.value(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
}

std::string link_kind(NetlinkSocket& socket, int index) {
  NetlinkBatch request;
  request.begin(RTM_GETLINK, NLM_F_DUMP, "list links", link_header(0));
  std::string kind;
  socket.dump(request, [&](int type, ConstBytes payload) {
    ifinfomsg header{};
    if (type != RTM_NEWLINK || payload.size() < sizeof header) return;
    std::memcpy(&header, payload.data(), sizeof header);
    if (header.ifi_index != index) return;
    for (const auto& attribute : netlink_attributes(payload.subspan(sizeof header))) {
      if (attribute.type != IFLA_LINKINFO) continue;
      for (const auto& part : netlink_attributes(attribute.data)) {
        if (part.type == IFLA_INFO_KIND) kind = part.text();
      }
    }
  });
  return kind;
}

// Without those that the kernel makes itself (fe80::…).
std::vector<Cidr> list_addresses(NetlinkSocket& socket, int index, int family) {
  NetlinkBatch request;
  ifaddrmsg wanted{};
  wanted.ifa_family = static_cast<unsigned char>(family);
  request.begin(RTM_GETADDR, NLM_F_DUMP, "list addresses", wanted);
  std::vector<Cidr> result;
  const int local = family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;  // IPv6 has only the latter
  socket.dump(request, [&](int type, ConstBytes payload) {
    ifaddrmsg header{};
    if (type != RTM_NEWADDR || payload.size() < sizeof header) return;
    std::memcpy(&header, payload.data(), sizeof header);
    if (static_cast<int>(header.ifa_index) != index || header.ifa_scope == RT_SCOPE_LINK) return;
    for (const auto& attribute : netlink_attributes(payload.subspan(sizeof header))) {
      if (attribute.type == local) {
        result.push_back({from_wire(attribute.data), header.ifa_prefixlen});
      }
    }
  });
  return result;
}

void give_addresses(NetlinkSocket& socket, NetlinkBatch& batch, int index, const std::string& name,
                    const Cidr& address) {
  const int family = address.address.v6 ? AF_INET6 : AF_INET;
  for (const Cidr& other : list_addresses(socket, index, family)) {
    if (other == address) continue;
    batch.begin(RTM_DELADDR, NLM_F_ACK, fmt::format("take {} from {}", to_string(other), name),
                address_header(index, other));
    batch.bytes(IFA_LOCAL, to_wire(other.address).bytes());
  }
  add_address(batch, index, name, address);
}

}  // namespace

void set_ipv6(const std::string& link, bool on) {
  const auto write = [&](std::string_view setting, std::string_view value) {
    const std::string file = fmt::format("/proc/sys/net/ipv6/conf/{}/{}", link, setting);
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd && on) fail_errno("write {}", file);
    if (fd) write_all(fd, value);
  };
  write("disable_ipv6", on ? "0" : "1");
  if (!on) return;
  write("accept_ra", "0");
  write("ndisc_notify", "1");  // neighbours hear of an address that was another container's
}

int get_link(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) fail_errno("find link {}", name);
  return static_cast<int>(index);
}

std::optional<int> find_link(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index != 0) return static_cast<int>(index);
  if (errno == ENODEV || errno == ENXIO) return std::nullopt;
  fail_errno("find link {}", name);
}

void ensure_bridge(NetlinkSocket& socket, const BridgeLink& bridge) {
  if (!find_link(bridge.name)) make_bridge(socket, bridge);
  const int index = get_link(bridge.name);
  if (link_kind(socket, index) != "bridge") {
    fail(Kind::conflict, "the link {} is there, but it is no bridge", bridge.name);
  }
  set_ipv6(bridge.name, bridge.gateway6.has_value());
  NetlinkBatch batch;
  give_addresses(socket, batch, index, bridge.name, bridge.gateway);
  if (bridge.gateway6) give_addresses(socket, batch, index, bridge.name, *bridge.gateway6);
  batch.begin(RTM_NEWLINK, NLM_F_ACK, "set up the bridge " + bridge.name,
              link_header(index, IFF_UP));
  socket.execute(batch);
}

void remove_link(NetlinkSocket& socket, const std::string& name) {
  NetlinkBatch batch;
  batch.begin(RTM_DELLINK, NLM_F_ACK, "remove the link " + name, link_header(0));
  batch.text(IFLA_IFNAME, name);
  try {
    socket.execute(batch);
  } catch (const Error& error) {
    if (error.error_number() != ENODEV) throw;
  }
}

namespace {

void add_routes(NetlinkSocket& socket, int family, std::vector<Route>& result) {
  NetlinkBatch request;
  rtmsg wanted{};
  wanted.rtm_family = static_cast<unsigned char>(family);
  request.begin(RTM_GETROUTE, NLM_F_DUMP, "list routes", wanted);
  socket.dump(request, [&](int type, ConstBytes payload) {
    rtmsg header{};
    if (type != RTM_NEWROUTE || payload.size() < sizeof header) return;
    std::memcpy(&header, payload.data(), sizeof header);
    if (header.rtm_table != RT_TABLE_MAIN || header.rtm_dst_len == 0) return;
    Route route{{{}, header.rtm_dst_len}, {}};
    for (const auto& attribute : netlink_attributes(payload.subspan(sizeof header))) {
      if (attribute.type == RTA_DST) route.destination.address = from_wire(attribute.data);
      if (attribute.type == RTA_OIF) {
        std::array<char, IF_NAMESIZE> name{};
        if (::if_indextoname(attribute.number(), name.data()) != nullptr) route.link = name.data();
      }
    }
    result.push_back(std::move(route));
  });
}

}  // namespace

std::vector<Route> list_routes(NetlinkSocket& socket) {
  std::vector<Route> result;
  add_routes(socket, AF_INET, result);
  add_routes(socket, AF_INET6, result);
  return result;
}

void set_default_routes(NetlinkSocket& socket, const DefaultRoutes& routes) {
  NetlinkBatch batch;
  bool any = false;
  for (const bool v6 : {false, true}) {
    for (const Address gateway : default_gateways(socket, v6)) {
      batch.begin(RTM_DELROUTE, NLM_F_ACK, "delete the default route by " + to_string(gateway),
                  default_route(v6));
      batch.bytes(RTA_GATEWAY, to_wire(gateway).bytes());
      any = true;
    }
    const auto& wanted = v6 ? routes.gateway6 : routes.gateway;
    if (!wanted) continue;
    add_default_route(batch, get_link(v6 ? routes.interface6 : routes.interface), *wanted);
    any = true;
  }
  if (any) socket.execute(batch);
}

// A link on top of none is refused in any case; a kind that is not there, with EOPNOTSUPP.
bool knows_kind(NetlinkSocket& socket, const std::string& kind) {
  NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, kCreate, "ask for the kind " + kind, link_header(0));
  batch.text(IFLA_IFNAME, "mydock-probe");
  const auto info = batch.open(IFLA_LINKINFO);
  batch.text(IFLA_INFO_KIND, kind);
  batch.close(info);
  try {
    socket.execute(batch);
  } catch (const Error& error) {
    return error.error_number() != EOPNOTSUPP;
  }
  remove_link(socket, "mydock-probe");
  return true;
}

void make_stacked(NetlinkSocket& socket, const Fd& sandbox, const ContainerLink& link, int parent) {
  const bool macvlan = link.kind == LinkKind::macvlan;
  NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, kCreate,
              fmt::format("make the {} link on {}", macvlan ? "macvlan" : "ipvlan", link.bridge),
              link_header(0));
  batch.text(IFLA_IFNAME, link.interface);
  batch.value(IFLA_LINK, static_cast<std::uint32_t>(parent));
  batch.value(IFLA_NET_NS_FD, static_cast<std::uint32_t>(sandbox.get()));
  if (link.mtu != 0) batch.value(IFLA_MTU, static_cast<std::uint32_t>(link.mtu));
  if (macvlan) batch.value(IFLA_ADDRESS, link.mac.bytes);  // ipvlan links share their parent's
  const auto info = batch.open(IFLA_LINKINFO);
  batch.text(IFLA_INFO_KIND, macvlan ? "macvlan" : "ipvlan");
  const auto data = batch.open(IFLA_INFO_DATA);
  if (macvlan) {
    const std::uint32_t mode = link.mode == "private"    ? MACVLAN_MODE_PRIVATE
                               : link.mode == "vepa"     ? MACVLAN_MODE_VEPA
                               : link.mode == "passthru" ? MACVLAN_MODE_PASSTHRU
                                                         : MACVLAN_MODE_BRIDGE;
    batch.value(IFLA_MACVLAN_MODE, mode);
  } else {
    const std::uint16_t mode = link.mode == "l3"    ? IPVLAN_MODE_L3
                               : link.mode == "l3s" ? IPVLAN_MODE_L3S
                                                    : IPVLAN_MODE_L2;
    batch.value(IFLA_IPVLAN_MODE, mode);
  }
  batch.close(data);
  batch.close(info);
  socket.execute(batch);
}

void make_veth(NetlinkSocket& socket, const Fd& sandbox, const ContainerLink& link) {
  const auto mtu = static_cast<std::uint32_t>(link.mtu);
  NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, kCreate, "make the link " + link.host_name, link_header(0));
  batch.text(IFLA_IFNAME, link.host_name);
  batch.value(IFLA_MTU, mtu);
  const auto info = batch.open(IFLA_LINKINFO);
  batch.text(IFLA_INFO_KIND, "veth");
  const auto data = batch.open(IFLA_INFO_DATA);
  const auto peer = batch.open(VETH_INFO_PEER);
  batch.raw(link_header(0));
  batch.text(IFLA_IFNAME, link.interface);
  batch.value(IFLA_ADDRESS, link.mac.bytes);
  batch.value(IFLA_MTU, mtu);
  batch.value(IFLA_NET_NS_FD, static_cast<std::uint32_t>(sandbox.get()));
  batch.close(peer);
  batch.close(data);
  batch.close(info);
  socket.execute(batch);
}

void join_bridge(NetlinkSocket& socket, const ContainerLink& link, int bridge) {
  NetlinkBatch batch;
  batch.begin(RTM_NEWLINK, NLM_F_ACK, fmt::format("add {} to {}", link.host_name, link.bridge),
              link_header(0, IFF_UP));
  batch.text(IFLA_IFNAME, link.host_name);
  batch.value(IFLA_MASTER, static_cast<std::uint32_t>(bridge));
  settle(batch, link.host_name);
  settle(batch, link.bridge);
  socket.execute(batch);
}

void set_port_flag(NetlinkSocket& socket, const std::string& host_name, PortFlag flag) {
  NetlinkBatch batch;
  batch.begin(RTM_SETLINK, NLM_F_ACK, "change the bridge port " + host_name,
              link_header(get_link(host_name), 0, AF_BRIDGE));
  const auto port = batch.open(IFLA_PROTINFO);
  batch.value(flag == PortFlag::isolated ? IFLA_BRPORT_ISOLATED : IFLA_BRPORT_MODE,
              std::uint8_t{1});
  batch.close(port);
  socket.execute(batch);
}

void set_up_peer(NetlinkSocket& socket, const ContainerLink& link) {
  const int index = get_link(link.interface);
  NetlinkBatch batch;
  add_address(batch, index, link.interface, link.address);
  if (link.address6) add_address(batch, index, link.interface, *link.address6);
  batch.begin(RTM_NEWLINK, NLM_F_ACK, "set up " + link.interface, link_header(index, IFF_UP));
  if (link.gateway) add_default_route(batch, index, *link.gateway);
  if (link.gateway6) add_default_route(batch, index, *link.gateway6);
  socket.execute(batch);
}

void announce_peer(NetlinkSocket& socket, const ContainerLink& link) {
  const int index = get_link(link.interface);
  NetlinkBatch batch;
  settle(batch, link.interface);
  // With arp_notify the kernel tells the network when a link's MAC is set, even to the same.
  batch.begin(RTM_SETLINK, NLM_F_ACK, "set arp_notify of " + link.interface, link_header(index));
  const auto families = batch.open(IFLA_AF_SPEC);
  const auto inet = batch.open(AF_INET);
  const auto settings = batch.open(IFLA_INET_CONF);
  batch.value(IPV4_DEVCONF_ARP_NOTIFY, std::uint32_t{1});
  batch.close(settings);
  batch.close(inet);
  batch.close(families);
  batch.begin(RTM_SETLINK, NLM_F_ACK, "announce " + to_string(link.address.address),
              link_header(index));
  batch.value(IFLA_ADDRESS, link.mac.bytes);
  socket.execute(batch);
}

}  // namespace mydock::network
