#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "network/address.h"

namespace mydock::network {

struct BridgeLink {
  std::string name;
  Cidr gateway;  // the bridge's own address
  std::optional<Cidr> gateway6{};
  int mtu = 1500;
  bool route_loopback = false;  // let 127.0.0.0/8 pass: only when rules guard it
};

// What a container's link is made as: a veth pair whose other end is a port of a bridge, or a link
// on top of one of the host's.
enum class LinkKind { veth, macvlan, ipvlan };

struct ContainerLink {
  LinkKind kind = LinkKind::veth;
  std::string host_name;  // veth: at most 15 characters
  std::string bridge;     // veth: whose port it is; else the host's link below it
  std::string mode;       // macvlan and ipvlan; empty: the driver's default
  bool isolated = false;  // may not talk to other isolated ports of the bridge
  std::string interface;  // "eth0"
  Mac mac;
  Cidr address;
  std::optional<Address> gateway;  // for the default route
  std::optional<Cidr> address6{};
  std::optional<Address> gateway6{};
  int mtu = 1500;
};

// The ways out of a sandbox. Empty: none in that family.
struct DefaultRoutes {
  std::string interface {};
  std::optional<Address> gateway{};
  std::string interface6{};
  std::optional<Address> gateway6{};
  bool operator==(const DefaultRoutes&) const = default;
};

// The sockets at which a sandbox's name server is asked.
struct ResolverSockets {
  Fd udp;
  Fd tcp;  // listens
};

struct Route {  // of the main table, without default routes
  Cidr destination;
  std::string link;
};

struct Publication {
  std::string protocol;  // tcp, udp, sctp
  Address host;          // 0.0.0.0 or ::: any local address
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
  // Takes a container's link out of its sandbox, and so from the host; an absent one is fine.
  virtual void disconnect(const Fd& sandbox, const std::string& interface) = 0;
  virtual void set_default_routes(const Fd& sandbox, const DefaultRoutes& routes) = 0;
  // Sockets at 127.0.0.11 port 53 of the sandbox, as those inside see it; again is fine.
  virtual ResolverSockets open_resolver(const Fd& sandbox) = 0;
  virtual std::vector<Route> routes() = 0;
  virtual bool has_link(const std::string& name) = 0;
  virtual bool supports(LinkKind kind) = 0;
  virtual void enable_forwarding() = 0;   // net.ipv4.ip_forward, only if it is 0
  virtual void enable_forwarding6() = 0;  // net.ipv6.conf.all.forwarding
  // Loads a whole rule set with one nft(8): for the daemon's start and for network create/remove.
  virtual void load_rules(std::string_view text) = 0;
  // Elements of the tables that load_rules made: one netlink batch, nothing executed.
  // `host_link`: the target's link on the host.
  virtual void publish(const std::string& host_link, const std::vector<Publication>& ports) = 0;
  virtual void unpublish(const std::vector<Publication>& ports) = 0;
  // Blocks until somebody has deleted the rules' table, or `stop`: then false.
  virtual bool wait_for_flush(const std::stop_token& stop) = 0;
};

std::unique_ptr<Kernel> make_kernel();

}  // namespace mydock::network
