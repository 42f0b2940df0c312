#include <fcntl.h>
#include <linux/netlink.h>

#include "base/error.h"
#include "base/file.h"
#include "network/kernel.h"
#include "network/kernel/links.h"
#include "network/kernel/nftables.h"
#include "network/sandbox.h"

namespace mydock::network {

namespace {

constexpr std::string_view kForwarding = "/proc/sys/net/ipv4/ip_forward";

// Networks have IPv4 only: a link without an IPv6 subnet must not make itself an address, nor take
// one from whoever sends router advertisements on it. A kernel without IPv6 has no such file.
void disable_ipv6(const std::string& link) {
  const fs::path file = fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", link);
  const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd) write_all(fd, "1");
}

class LinuxKernel final : public Kernel {
 public:
  void ensure_bridge(const BridgeLink& bridge) override {
    NetlinkSocket socket(NETLINK_ROUTE);
    network::ensure_bridge(socket, bridge);
    disable_ipv6(bridge.name);
    write_kernel_file(fmt::format("/proc/sys/net/ipv4/conf/{}/route_localnet", bridge.name),
                      bridge.route_loopback ? "1" : "0");
  }

  void remove_link(const std::string& name) override {
    NetlinkSocket socket(NETLINK_ROUTE);
    network::remove_link(socket, name);
  }

  void connect(const Fd& sandbox, const ContainerLink& link) override {
    NetlinkSocket here(NETLINK_ROUTE);
    const int bridge = get_link(link.bridge);
    try {
      // One visit to the sandbox does it all: the socket made out here still works out here.
      Sandbox(sandbox.duplicate()).run([&] {
        disable_ipv6("default");
        make_veth(here, sandbox, link);
        NetlinkSocket inside(NETLINK_ROUTE);
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

  std::vector<Route> routes() override {
    NetlinkSocket socket(NETLINK_ROUTE);
    return list_routes(socket);
  }

  void enable_forwarding() override {
    const std::string now = read_file(kForwarding, 64);
    if (now.starts_with('0')) write_kernel_file(kForwarding, "1");
  }

  void load_rules(std::string_view text) override { run_nft(text); }

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
};

}  // namespace

std::unique_ptr<Kernel> make_kernel() { return std::make_unique<LinuxKernel>(); }

}  // namespace mydock::network
