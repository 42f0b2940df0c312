#include "network/rules.h"

#include <fmt/format.h>

#include "network/bridge_options.h"

namespace mydock::network {

namespace {

std::string elements(const std::vector<std::string>& list) {
  return list.empty() ? "" : fmt::format("    elements = {{ {} }}\n", fmt::join(list, ", "));
}

std::string maps(const std::vector<Publication>& ports) {
  std::vector<std::string> by_address;
  std::vector<std::string> any;
  for (const Publication& port : ports) {
    const std::string target = fmt::format("{} . {}", to_string(port.target), port.target_port);
    if (port.host.value == 0) {
      any.push_back(fmt::format("{} . {} : {}", port.protocol, port.host_port, target));
    } else {
      by_address.push_back(fmt::format("{} . {} . {} : {}", port.protocol, to_string(port.host),
                                       port.host_port, target));
    }
  }
  return "  map published {\n"
         "    type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service\n" +
         elements(by_address) +
         "  }\n"
         "  map published_any {\n"
         "    type inet_proto . inet_service : ipv4_addr . inet_service\n" +
         elements(any) + "  }\n";
}

// Packets to a published port of any local address go to the container; 127.0.0.0/8 too, for which
// the bridge has route_localnet, and so a container must not reach the host's loopback by it
// (CVE-2020-8558).
constexpr std::string_view kPrerouting = R"(  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname @bridges ip daddr 127.0.0.0/8 drop
    iifname @bridges ip saddr 127.0.0.0/8 drop
  }
  chain ports {
    dnat ip to meta l4proto . ip daddr . th dport map @published
    dnat ip to meta l4proto . th dport map @published_any
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump ports
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump ports
  }
)";

std::string postrouting(const std::vector<NetworkRecord>& networks, const RuleOptions& options) {
  std::string text =
      "  chain postrouting {\n"
      "    type nat hook postrouting priority srcnat; policy accept;\n"
      "    oifname @bridges ip saddr 127.0.0.0/8 masquerade\n";
  for (const NetworkRecord& network : networks) {
    const std::string subnet = to_string(network.subnet->subnet());
    // A container that reaches its neighbour by a port of the host: the answer must pass here too.
    text += fmt::format("    ip saddr {0} ip daddr {0} ct status dnat masquerade\n", subnet);
    if (network.internal || !options.masquerade || !masquerades(network)) continue;
    text += fmt::format("    ip saddr {} oifname != \"{}\" masquerade\n", subnet, network.bridge);
  }
  return text + "  }\n";
}

// "accept" ends this chain only: what other tables forbid stays forbidden.
std::string forward(const std::vector<NetworkRecord>& networks) {
  std::string text =
      "  chain forward {\n"
      "    type filter hook forward priority filter; policy accept;\n";
  for (const NetworkRecord& network : networks) {
    text += fmt::format("    iifname \"{0}\" oifname \"{0}\" accept\n", network.bridge);
    if (!network.internal) continue;
    text += fmt::format("    iifname \"{}\" drop\n    oifname \"{}\" drop\n", network.bridge,
                        network.bridge);
  }
  return text +
         "    oifname @bridges ct state established,related accept\n"
         "    oifname @bridges ct status dnat accept\n"
         "    oifname @bridges drop\n"
         "  }\n";
}

}  // namespace

std::string firewall_rules(const std::vector<NetworkRecord>& networks, const RuleOptions& options,
                           const std::vector<Publication>& ports) {
  std::vector<std::string> bridges;
  for (const NetworkRecord& network : networks) bridges.push_back('"' + network.bridge + '"');
  std::string text = no_firewall_rules() + "table inet mydock {\n" + maps(ports) +
                     "  set bridges {\n    type ifname\n" + elements(bridges) + "  }\n";
  text += kPrerouting;
  text += postrouting(networks, options) + forward(networks) + "}\n";
  return text;
}

// Deleting a table that is not there is an error, hence the first line; one file is one
// transaction.
std::string no_firewall_rules() { return "table inet mydock\ndelete table inet mydock\n"; }

}  // namespace mydock::network
