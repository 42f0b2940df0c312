#include "network/kernel/links.h"

#include <arpa/inet.h>
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
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = static_cast<unsigned char>(address.prefix);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = static_cast<unsigned>(index);
  return header;
}

void add_address(NetlinkBatch& batch, int index, const std::string& name, const Cidr& address) {
  batch.begin(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
              fmt::format("give {} the address {}", name, to_string(address)),
              address_header(index, address));
  batch.value(IFA_LOCAL, htonl(address.address.value));
  batch.value(IFA_ADDRESS, htonl(address.address.value));
  if (address.prefix < 31) batch.value(IFA_BROADCAST, htonl(address.last().value));
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

void add_default_route(NetlinkBatch& batch, int index, Address gateway) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = RTPROT_BOOT;
  route.rtm_scope = RT_SCOPE_UNIVERSE;
  route.rtm_type = RTN_UNICAST;
  batch.begin(RTM_NEWROUTE, kCreate, "add the default route by " + to_string(gateway), route);
  batch.value(RTA_GATEWAY, htonl(gateway.value));
  batch.value(RTA_OIF, static_cast<std::uint32_t>(index));
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

std::vector<Cidr> list_addresses(NetlinkSocket& socket, int index) {
  NetlinkBatch request;
  ifaddrmsg wanted{};
  wanted.ifa_family = AF_INET;
  request.begin(RTM_GETADDR, NLM_F_DUMP, "list addresses", wanted);
  std::vector<Cidr> result;
  socket.dump(request, [&](int type, ConstBytes payload) {
    ifaddrmsg header{};
    if (type != RTM_NEWADDR || payload.size() < sizeof header) return;
    std::memcpy(&header, payload.data(), sizeof header);
    if (static_cast<int>(header.ifa_index) != index) return;
    for (const auto& attribute : netlink_attributes(payload.subspan(sizeof header))) {
      if (attribute.type == IFA_LOCAL) {
        result.push_back({{ntohl(attribute.number())}, header.ifa_prefixlen});
      }
    }
  });
  return result;
}

}  // namespace

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
  NetlinkBatch batch;
  for (const Cidr& address : list_addresses(socket, index)) {
    if (address == bridge.gateway) continue;
    batch.begin(RTM_DELADDR, NLM_F_ACK,
                fmt::format("take {} from {}", to_string(address), bridge.name),
                address_header(index, address));
    batch.value(IFA_LOCAL, htonl(address.address.value));
  }
  add_address(batch, index, bridge.name, bridge.gateway);
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

std::vector<Route> list_routes(NetlinkSocket& socket) {
  NetlinkBatch request;
  rtmsg wanted{};
  wanted.rtm_family = AF_INET;
  request.begin(RTM_GETROUTE, NLM_F_DUMP, "list routes", wanted);
  std::vector<Route> result;
  socket.dump(request, [&](int type, ConstBytes payload) {
    rtmsg header{};
    if (type != RTM_NEWROUTE || payload.size() < sizeof header) return;
    std::memcpy(&header, payload.data(), sizeof header);
    if (header.rtm_table != RT_TABLE_MAIN || header.rtm_dst_len == 0) return;
    Route route{{{}, header.rtm_dst_len}, {}};
    for (const auto& attribute : netlink_attributes(payload.subspan(sizeof header))) {
      if (attribute.type == RTA_DST) route.destination.address = {ntohl(attribute.number())};
      if (attribute.type == RTA_OIF) {
        std::array<char, IF_NAMESIZE> name{};
        if (::if_indextoname(attribute.number(), name.data()) != nullptr) route.link = name.data();
      }
    }
    result.push_back(std::move(route));
  });
  return result;
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
  batch.begin(RTM_NEWLINK, NLM_F_ACK, "set up " + link.interface, link_header(index, IFF_UP));
  if (link.gateway) add_default_route(batch, index, *link.gateway);
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
