#include "engine/network/network_spec.h"

#include "base/error.h"

namespace mydock::engine {

namespace {

template <class T>
std::optional<T> parse_or_refuse(const std::string& text,
                                 std::optional<T> (*parse)(std::string_view),
                                 std::string_view what) {
  if (text.empty()) return std::nullopt;
  auto value = parse(text);
  if (!value) fail(Kind::invalid, "invalid network config:\ninvalid {} {}", what, text);
  return value;
}

network::Subnet to_subnet(const api::IpamPool& pool) {
  network::Subnet subnet;
  const auto cidr = parse_or_refuse(pool.subnet, network::parse_cidr, "subnet");
  if (!cidr) fail(Kind::invalid, "invalid network config:\ninvalid subnet : invalid CIDR block");
  subnet.cidr = *cidr;
  subnet.range = parse_or_refuse(pool.ip_range, network::parse_cidr, "ip-range");
  subnet.gateway = parse_or_refuse(pool.gateway, network::parse_address, "gateway address");
  for (const auto& [name, text] : pool.auxiliary_addresses) {
    const auto address = parse_or_refuse(text, network::parse_address, "auxiliary address");
    if (address) subnet.auxiliary.emplace(name, *address);
  }
  return subnet;
}

void add_pools(network::NetworkSpec& spec, const std::vector<api::IpamPool>& pools) {
  for (const api::IpamPool& pool : pools) {
    if (pool.subnet.empty() && pool.gateway.empty() && pool.ip_range.empty()) continue;
    network::Subnet subnet = to_subnet(pool);
    const bool v6 = subnet.cidr.address.v6;
    if (v6 ? spec.ipv6.has_value() : spec.subnet.has_value()) {
      if (spec.driver == "bridge") {
        fail(Kind::forbidden, "bridge driver doesn't support multiple subnets");
      }
      fail(Kind::not_implemented, "several subnets of one family are not implemented");
    }
    if (v6) {
      spec.ipv6 = std::move(subnet);
      continue;
    }
    spec.subnet = subnet.cidr;
    spec.ip_range = subnet.range;
    spec.gateway = subnet.gateway;
    spec.auxiliary = std::move(subnet.auxiliary);
  }
}

}  // namespace

network::NetworkSpec network_spec(const api::NetworkCreate& request) {
  if (request.name.find_first_not_of(" \t\n") == std::string::npos) {
    fail(Kind::invalid, "invalid network name: name is empty");
  }
  if (request.ingress) fail(Kind::not_implemented, "ingress networks belong to a swarm");
  if (request.enable_ipv4 == false) {
    fail(Kind::not_implemented, "networks without IPv4 are not implemented");
  }
  network::NetworkSpec spec;
  spec.name = request.name;
  if (!request.driver.empty()) spec.driver = request.driver;
  spec.internal = request.internal;
  spec.attachable = request.attachable;
  spec.options = request.options;
  spec.labels = request.labels;
  spec.enable_ipv6 = request.enable_ipv6.value_or(false);
  spec.config_only = request.config_only;
  if (request.config_from) spec.config_from = request.config_from->network;
  if (request.ipam) {
    if (!request.ipam->driver.empty() && request.ipam->driver != "default") {
      fail(Kind::not_found, "plugin \"{}\" not found", request.ipam->driver);
    }
    spec.ipam_options = request.ipam->options.value_or(api::StringMap{});
    if (request.ipam->config) add_pools(spec, *request.ipam->config);
  }
  if (spec.ipv6 && !spec.enable_ipv6) spec.ipv6.reset();  // as Docker: without --ipv6 it is unused
  return spec;
}

}  // namespace mydock::engine
