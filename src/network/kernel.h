#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "network/address.h"

namespace mydock::network {

struct BridgeLink {
  std::string name;
  Cidr gateway;  // the bridge's own address
  int mtu = 1500;
  bool route_loopback = false;  // let 127.0.0.0/8 pass: only when rules guard it
};

// A veth pair: one end a port of `bridge`, the other `interface` inside a container.
struct ContainerLink {
  std::string host_name;  // at most 15 characters
  std::string bridge;
  bool isolated = false;  // may not talk to other isolated ports of the bridge
  std::string interface;  // "eth0"
  Mac mac;
  Cidr address;
  std::optional<Address> gateway;  // for the default route
  int mtu = 1500;
};

struct Route {  // of the main table, without default routes
  Cidr destination;
  std::string link;
};

struct Publication {
  std::string protocol;  // tcp, udp
  Address host;          // 0.0.0.0: any local address
  std::uint16_t host_port = 0;
  Address target;
  std::uint16_t target_port = 0;
  bool operator==(const Publication&) const = default;
};

// Seam: what the kernel's network stack is asked to do, always in the daemon's own namespace unless
// said otherwise. Errors: system, with what was done to what.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // Makes the bridge if it is not there, gives it the address (and takes others away), sets it up.
  virtual void ensure_bridge(const BridgeLink& bridge) = 0;
  virtual void remove_link(const std::string& name) = 0;  // an absent one is fine
  // `sandbox` is the descriptor of the container's network namespace.
  virtual void connect(const Fd& sandbox, const ContainerLink& link) = 0;
  virtual std::vector<Route> routes() = 0;
  virtual void enable_forwarding() = 0;  // net.ipv4.ip_forward, only if it is 0
  // Loads a whole rule set with one nft(8): for the daemon's start and for network create/remove.
  virtual void load_rules(std::string_view text) = 0;
  // Elements of the tables that load_rules made: one netlink batch, nothing executed.
  // `host_link`: the target's link on the host.
  virtual void publish(const std::string& host_link, const std::vector<Publication>& ports) = 0;
  virtual void unpublish(const std::vector<Publication>& ports) = 0;
};

std::unique_ptr<Kernel> make_kernel();

}  // namespace mydock::network
