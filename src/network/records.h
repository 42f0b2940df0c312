#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "network/address.h"

namespace mydock::network {

struct NetworkRecord {
  std::string id{};  // 64 hex digits
  std::string name{};
  std::string driver{};  // bridge, host, null
  Time created{};
  bool internal = false;
  bool attachable = false;
  std::optional<Cidr> subnet{};
  std::optional<Cidr> ip_range{};
  std::optional<Address> gateway{};
  std::string bridge{};  // the link's name; empty for host and null
  std::map<std::string, std::string> options{};
  std::map<std::string, std::string> labels{};
  bool predefined() const { return name == "bridge" || name == "host" || name == "none"; }
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
};

// What a container asks of one network.
struct EndpointSpec {
  std::optional<Address> address{};
  std::optional<Mac> mac{};
};

// A published port that a client asks for.
struct PortRequest {
  std::string protocol = "tcp";  // or udp
  std::uint16_t container_port = 0;
  std::string host_ip{};         // empty: any address of the host
  std::uint16_t first_port = 0;  // of a range to choose from; 0: the kernel's ephemeral range
  std::uint16_t last_port = 0;
};
struct PortBinding {
  std::string protocol{};
  std::uint16_t container_port = 0;
  Address host{};  // 0.0.0.0: any
  std::uint16_t host_port = 0;
  bool operator==(const PortBinding&) const = default;
};

// One attachment of a container, from reserve() to disconnect().
struct EndpointRecord {
  std::string id{};  // 64 hex digits
  std::string container_id{};
  std::string network_id{};
  std::string interface {};  // eth0, eth1, …
  std::string host_link{};   // the veth's name on the host
  Cidr address{};            // prefix 0 on networks without addresses (host, none)
  std::optional<Address> gateway{};
  Mac mac{};
  std::vector<PortBinding> ports{};  // what publish() gave
  bool operator==(const EndpointRecord&) const = default;
};

}  // namespace mydock::network
