#include "network/rules.h"

#include <fmt/format.h>

#include "network/bridge_options.h"

namespace mydock::network {

namespace {

std::string elements(const std::vector<std::string>& list) {
  return list.empty() ? "" : fmt::format("    elements = {{ {} }}\n", fmt::join(list, ", "));
}

std::string map_text(std::string_view name, std::string_view type,
                     const std::vector<std::string>& list) {
  return fmt::format("  map {} {{\n    type {}\n{}  }}\n", name, type, elements(list));
}

std::string maps(const std::vector<Publication>& ports) {
  std::vector<std::string> by_address, any, by_address6, any6;
  for (const Publication& port : ports) {
    const std::string target = fmt::format("{} . {}", to_string(port.target), port.target_port);
    if (port.host.is_any()) {
      (port.host.v6 ? any6 : any)
          .push_back(fmt::format("{} . {} : {}", port.protocol, port.host_port, target));
    } else {
      (port.host.v6 ? by_address6 : by_address)
          .push_back(fmt::format("{} . {} . {} : {}", port.protocol, to_string(port.host),
                                 port.host_port, target));
    }
  }
  return map_text("published", "inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service",
                  by_address) +
         map_text("published_any", "inet_proto . inet_service : ipv4_addr . inet_service", any) +
         map_text("published6", "inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service",
                  by_address6) +
         map_text("published6_any", "inet_proto . inet_service : ipv6_addr . inet_service", any6);
}

// What a loading must empty first. The chain "user" is not among them: it is the host's owner's.
constexpr std::string_view kReset = R"(add table inet mydock
add chain inet mydock user
add map inet mydock published { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; }
add map inet mydock published_any { type inet_proto . inet_service : ipv4_addr . inet_service; }
add map inet mydock published6 { type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service; }
add map inet mydock published6_any { type inet_proto . inet_service : ipv6_addr . inet_service; }
add set inet mydock bridges { type ifname; }
add chain inet mydock guard { type filter hook prerouting priority raw; policy accept; }
add chain inet mydock ports
add chain inet mydock prerouting { type nat hook prerouting priority dstnat; policy accept; }
add chain inet mydock output { type nat hook output priority -100; policy accept; }
add chain inet mydock postrouting { type nat hook postrouting priority srcnat; policy accept; }
add chain inet mydock forward { type filter hook forward priority filter; policy accept; }
flush chain inet mydock guard
flush chain inet mydock ports
flush chain inet mydock prerouting
flush chain inet mydock output
flush chain inet mydock postrouting
flush chain inet mydock forward
flush map inet mydock published
flush map inet mydock published_any
flush map inet mydock published6
flush map inet mydock published6_any
flush set inet mydock bridges
)";

// Packets to a published port of any local address go to the container; 127.0.0.0/8 too, for which
// the bridge has route_localnet, and so a container must not reach the host's loopback by it
// (CVE-2020-8558).
constexpr std::string_view kPrerouting = R"(  chain guard {
    iifname @bridges ip daddr 127.0.0.0/8 drop
    iifname @bridges ip saddr 127.0.0.0/8 drop
    iifname != lo ip6 daddr ::1 drop
    iifname != lo ip6 saddr ::1 drop
  }
  chain ports {
    dnat ip to meta l4proto . ip daddr . th dport map @published
    dnat ip to meta l4proto . th dport map @published_any
    dnat ip6 to meta l4proto . ip6 daddr . th dport map @published6
    dnat ip6 to meta l4proto . th dport map @published6_any
  }
  chain prerouting {
    fib daddr type local jump ports
  }
  chain output {
    ip6 daddr ::1 return
    fib daddr type local jump ports
  }
)";

void add_masquerade(std::string& text, const NetworkRecord& network, const RuleOptions& options,
                    std::string_view family, const std::string& subnet) {
  // A container that reaches its neighbour by a port of the host: the answer must pass here too.
  text +=
      fmt::format("    {0} saddr {1} {0} daddr {1} ct status dnat masquerade\n", family, subnet);
  if (network.internal || !options.masquerade || !masquerades(network)) return;
  text +=
      fmt::format("    {} saddr {} oifname != \"{}\" masquerade\n", family, subnet, network.bridge);
}

std::string postrouting(const std::vector<NetworkRecord>& networks, const RuleOptions& options) {
  std::string text =
      "  chain postrouting {\n"
      "    oifname @bridges ip saddr 127.0.0.0/8 masquerade\n";
  for (const NetworkRecord& network : networks) {
    add_masquerade(text, network, options, "ip", to_string(network.subnet->subnet()));
    if (!network.ipv6) continue;
    add_masquerade(text, network, options, "ip6", to_string(network.ipv6->cidr.subnet()));
  }
  return text + "  }\n";
}

// "accept" ends this chain only: what other tables forbid stays forbidden.
std::string forward(const std::vector<NetworkRecord>& networks) {
  std::string text =
      "  chain forward {\n"
      "    jump user\n";
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
  std::string text(kReset);
  text += "table inet mydock {\n";
  text += maps(ports);
  text += "  set bridges {\n    type ifname\n";
  text += elements(bridges);
  text += "  }\n";
  text += kPrerouting;
  text += postrouting(networks, options) + forward(networks) + "}\n";
  return text;
}

// Deleting a table that is not there is an error, hence the first line; one file is one
// transaction.
std::string no_firewall_rules() { return "table inet mydock\ndelete table inet mydock\n"; }

}  // namespace mydock::network
