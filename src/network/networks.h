#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "network/address.h"
#include "network/ipam.h"
#include "network/kernel.h"
#include "network/records.h"
#include "network/sandbox.h"

namespace mydock::state {
class Database;
}

namespace mydock::network {

struct Options {
  std::string bridge_name = "mydock0";  // "none": no default bridge, as dockerd --bridge=none
  std::optional<Cidr> bip{};            // the bridge's address; empty: the first free pool
  std::optional<Cidr> fixed_cidr{};     // containers get addresses of this part only
  bool firewall = true;                 // --iptables
  bool ip_forward = true;
  bool ip_masq = true;
  bool icc = true;  // containers of the default bridge may talk to each other
  int mtu = 1500;
  // {base, length of each network cut from it}, in order. Empty: Docker's own.
  SubnetPools default_pools{};
  bool ipv6 = false;                        // the default bridge has IPv6 too
  std::optional<Cidr> bridge6{};            // its subnet; empty: one of the pools
  std::string publish_address = "0.0.0.0";  // of ports of the default bridge that name none
  std::string pool_seed = "mydock";         // decides the IPv6 pool, if default_pools has none
};

// Where a sandbox's name server asks for what it does not know.
struct NameServers {
  std::vector<std::string> servers{};
  bool ndots_given = false;
};

// The networks and who is on them. Safe on any thread.
class Networks {
 public:
  Networks(state::Database& database, Kernel& kernel, Options options);
  ~Networks();

  // Makes the predefined networks (ids stay over restarts), links and rules. Call once, before all
  // else. Errors: system, unavailable (no nft, no free pool).
  void start();

  std::vector<NetworkRecord> list() const;
  // By name, id, or the start of an id that only one network has.
  std::optional<NetworkRecord> find(std::string_view ref) const;
  NetworkRecord get(std::string_view ref) const;  // not_found: "network X not found"

  // Errors: forbidden, conflict, invalid, with Docker's words.
  NetworkRecord create(const NetworkSpec& spec);
  // Errors: not_found, forbidden (predefined, or endpoints are left: `names` tells who they are).
  NetworkRecord remove(std::string_view ref, const std::map<std::string, std::string>& names = {});

  // Takes an address for a container; the same endpoint again when it has one on that network.
  // Errors: not_found, forbidden ("Address already in use"), invalid, unavailable (none is left).
  EndpointRecord reserve(std::string_view container_id, std::string_view network,
                         const EndpointSpec& spec);
  // Makes the endpoint's link inside the sandbox: addresses, default routes, up. For host and none
  // it does nothing. Loopback is the container's init's own business. `running`: the container has
  // other links already, whose default routes may have to give way.
  void connect(const Sandbox& sandbox, const EndpointRecord& endpoint, bool running = false);
  // Frees the container's addresses, on one network or on all. The links die with the container's
  // namespace.
  void disconnect(std::string_view container_id);
  void disconnect(std::string_view container_id, std::string_view network);
  // Of a container that goes on running: its link there goes too, and another may get the default
  // route.
  void disconnect(std::string_view container_id, std::string_view network, const Sandbox& sandbox);
  // After a restart: frees the addresses of every container that is not in `live`.
  void recover(const std::set<std::string>& live);

  std::vector<EndpointRecord> endpoints() const;
  std::vector<EndpointRecord> endpoints_of(std::string_view container_id) const;
  // The endpoint that has the IPv4 default route: the highest priority, then the first network by
  // name. No value: the container does not reach the outside.
  std::optional<EndpointRecord> way_out(std::string_view container_id) const;

  // Runs the sandbox's name server at 127.0.0.11, again if it ran already: it knows who is on the
  // container's user-defined networks, now and later, and asks the others at `upstream`.
  void serve_names(std::string_view container_id, const Sandbox& sandbox, NameServers upstream);
  // What the neighbours call the container from now on, by network id.
  void rename(std::string_view container_id,
              const std::map<std::string, std::vector<std::string>>& names);

  // Publishes ports of an endpoint that is connected, once an endpoint; they are free again after
  // disconnect(). All or nothing. A request without host address is for all that the endpoint's
  // address families allow. Errors: system in Docker's words ("Bind for 0.0.0.0:80 failed: port is
  // already allocated"), invalid, not_implemented (networks without rules).
  std::vector<PortBinding> publish(std::string_view endpoint_id,
                                   const std::vector<PortRequest>& requests);
  // Frees the ports of an endpoint, which stays.
  void unpublish(std::string_view endpoint_id);
  bool supports_ports() const;  // false with Options.firewall off

 private:
  void check_options(NetworkRecord& record) const;

  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace mydock::network
