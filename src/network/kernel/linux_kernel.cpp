#include <fcntl.h>
#include <linux/netlink.h>

#include "base/error.h"
#include "base/file.h"
#include "network/kernel.h"
#include "network/kernel/links.h"
#include "network/kernel/nftables.h"
#include "network/kernel/resolver_sockets.h"
#include "network/sandbox.h"

namespace mydock::network {

namespace {

constexpr std::string_view kForwarding = "/proc/sys/net/ipv4/ip_forward";

constexpr std::string_view kForwarding6 = "/proc/sys/net/ipv6/conf/all/forwarding";

class LinuxKernel final : public Kernel {
 public:
  void ensure_bridge(const BridgeLink& bridge) override {
    NetlinkSocket socket(NETLINK_ROUTE);
    network::ensure_bridge(socket, bridge);
    write_kernel_file(fmt::format("/proc/sys/net/ipv4/conf/{}/route_localnet", bridge.name),
                      bridge.route_loopback ? "1" : "0");
  }

  void remove_link(const std::string& name) override {
    NetlinkSocket socket(NETLINK_ROUTE);
    network::remove_link(socket, name);
  }

  void connect(const Fd& sandbox, const ContainerLink& link) override {
    NetlinkSocket here(NETLINK_ROUTE);
    if (link.kind != LinkKind::veth) return stack(here, sandbox, link);
    const int bridge = get_link(link.bridge);
    try {
      // One visit to the sandbox does it all: the socket made out here still works out here.
      Sandbox(sandbox.duplicate()).run([&] {
        if (!link.address6) set_ipv6("default", false);
        make_veth(here, sandbox, link);
        NetlinkSocket inside(NETLINK_ROUTE);
        if (link.address6) set_ipv6(link.interface, true);
        set_up_peer(inside, link);
        join_bridge(here, link, bridge);
        announce_peer(inside, link);
      });
      if (link.isolated) set_port_flag(here, link.host_name, PortFlag::isolated);
    } catch (const Error&) {
      network::remove_link(here, link.host_name);
      throw;
    }
  }

  void disconnect(const Fd& sandbox, const std::string& interface) override {
    Sandbox(sandbox.duplicate()).run([&] {
      NetlinkSocket inside(NETLINK_ROUTE);
      network::remove_link(inside, interface);
    });
  }

  void set_default_routes(const Fd& sandbox, const DefaultRoutes& routes) override {
    Sandbox(sandbox.duplicate()).run([&] {
      NetlinkSocket inside(NETLINK_ROUTE);
      network::set_default_routes(inside, routes);
    });
  }

  ResolverSockets open_resolver(const Fd& sandbox) override {
    ResolverSockets sockets;
    Sandbox(sandbox.duplicate()).run([&] { sockets = network::open_resolver(); });
    return sockets;
  }

  bool has_link(const std::string& name) override { return find_link(name).has_value(); }

  bool supports(LinkKind kind) override {
    if (kind == LinkKind::veth) return true;
    NetlinkSocket socket(NETLINK_ROUTE);
    return knows_kind(socket, kind == LinkKind::macvlan ? "macvlan" : "ipvlan");
  }

  std::vector<Route> routes() override {
    NetlinkSocket socket(NETLINK_ROUTE);
    return list_routes(socket);
  }

  void enable_forwarding() override {
    const std::string now = read_file(kForwarding, 64);
    if (now.starts_with('0')) write_kernel_file(kForwarding, "1");
  }

  void enable_forwarding6() override {
    if (read_file(kForwarding6, 64).starts_with('0')) write_kernel_file(kForwarding6, "1");
  }

  void load_rules(std::string_view text) override { run_nft(text); }

  bool wait_for_flush(const std::stop_token& stop) override { return wait_for_table_end(stop); }

  void publish(const std::string& host_link, const std::vector<Publication>& ports) override {
    // Where bridges call netfilter, a container's packet to its own published port turns round
    // inside the bridge, which lets it out only by a hairpin port.
    NetlinkSocket route(NETLINK_ROUTE);
    set_port_flag(route, host_link, PortFlag::hairpin);
    NetlinkSocket socket(NETLINK_NETFILTER);
    change_published(socket, ElementChange::add, ports);
  }

  void unpublish(const std::vector<Publication>& ports) override {
    NetlinkSocket socket(NETLINK_NETFILTER);
    change_published(socket, ElementChange::remove, ports);
  }

 private:
  static void stack(NetlinkSocket& here, const Fd& sandbox, const ContainerLink& link) {
    const int parent = get_link(link.bridge);
    Sandbox(sandbox.duplicate()).run([&] {
      if (!link.address6) set_ipv6("default", false);
      make_stacked(here, sandbox, link, parent);
      NetlinkSocket inside(NETLINK_ROUTE);
      try {
        if (link.address6) set_ipv6(link.interface, true);
        set_up_peer(inside, link);
      } catch (const Error&) {
        network::remove_link(inside, link.interface);
        throw;
      }
    });
  }
};

}  // namespace

std::unique_ptr<Kernel> make_kernel() { return std::make_unique<LinuxKernel>(); }

}  // namespace mydock::network
