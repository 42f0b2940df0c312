#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "network/address.h"

namespace mydock::network {

// The addresses of one family of a network.
struct Subnet {
  Cidr cidr{};
  std::optional<Cidr> range{};  // the part that containers get theirs from
  std::optional<Address> gateway{};
  std::map<std::string, Address> auxiliary{};  // kept for something else
  bool operator==(const Subnet&) const = default;
};

struct NetworkRecord {
  std::string id{};  // 64 hex digits
  std::string name{};
  std::string driver{};  // bridge, host, null, macvlan, ipvlan
  Time created{};
  bool internal = false;
  bool attachable = false;
  std::optional<Cidr> subnet{};
  std::optional<Cidr> ip_range{};
  std::optional<Address> gateway{};
  std::string bridge{};  // the link's name; empty but for the bridge driver
  std::map<std::string, std::string> options{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, Address> auxiliary{};
  std::optional<Subnet> ipv6{};
  bool config_only = false;                           // nothing but a template for others
  std::string config_from{};                          // the name of its template
  std::map<std::string, std::string> ipam_options{};  // kept for inspect
  bool own_subnet = false;                            // its maker chose the subnet
  bool predefined() const { return name == "bridge" || name == "host" || name == "none"; }
  bool has_addresses() const { return subnet.has_value() && !config_only; }
  bool operator==(const NetworkRecord&) const = default;
};

struct NetworkSpec {
  std::string name{};
  std::string driver = "bridge";
  bool internal = false;
  bool attachable = false;
  std::optional<Cidr> subnet{};  // empty: the first free pool
  std::optional<Cidr> ip_range{};
  std::optional<Address> gateway{};
  std::map<std::string, std::string> options{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, Address> auxiliary{};
  bool enable_ipv6 = false;
  std::optional<Subnet> ipv6{};  // empty: the first free pool, if enable_ipv6
  bool config_only = false;
  std::string config_from{};
  std::map<std::string, std::string> ipam_options{};
};

// What a container asks of one network.
struct EndpointSpec {
  std::optional<Address> address{};
  std::optional<Mac> mac{};
  std::optional<Address> address6{};
  std::vector<std::string> names{};  // what its neighbours may call it; the first is its own
  std::map<std::string, std::string> links{};  // its own word for a neighbour's name
  std::int64_t priority = 0;                   // the highest of a container has the default route
  std::string interface {};                    // empty: the next free one
};

// A published port that a client asks for.
struct PortRequest {
  std::string protocol = "tcp";  // or udp, sctp
  std::uint16_t container_port = 0;
  std::string host_ip{};         // empty: any address of the host
  std::uint16_t first_port = 0;  // of a range to choose from; 0: the kernel's ephemeral range
  std::uint16_t last_port = 0;
};
struct PortBinding {
  std::string protocol{};
  std::uint16_t container_port = 0;
  Address host{};  // 0.0.0.0 or ::: any
  std::uint16_t host_port = 0;
  bool operator==(const PortBinding&) const = default;
};

// One attachment of a container, from reserve() to disconnect().
struct EndpointRecord {
  std::string id{};  // 64 hex digits
  std::string container_id{};
  std::string network_id{};
  std::string interface {};  // eth0, eth1, …
  std::string host_link{};   // the veth's name on the host; empty: it has none
  Cidr address{};            // prefix 0 on networks without addresses (host, none)
  std::optional<Address> gateway{};
  Mac mac{};
  std::vector<PortBinding> ports{};  // what publish() gave
  std::optional<Cidr> address6{};
  std::optional<Address> gateway6{};
  std::vector<std::string> names{};
  std::map<std::string, std::string> links{};
  std::int64_t priority = 0;
  bool operator==(const EndpointRecord&) const = default;
};

}  // namespace mydock::network
