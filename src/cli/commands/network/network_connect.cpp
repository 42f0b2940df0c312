#include "cli/create/environment.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"alias", 0, FlagType::strings, "Add network-scoped alias for the container"},
    {"driver-opt", 0, FlagType::strings, "driver options for the network"},
    {"gw-priority", 0, FlagType::integer,
     "Highest gw-priority provides the default gateway. Accepts positive and "
     "negative values."},
    {"ip", 0, FlagType::text, "IPv4 address (e.g., \"172.30.100.104\")"},
    {"ip6", 0, FlagType::text, "IPv6 address (e.g., \"2001:db8::33\")"},
    {"link", 0, FlagType::list, "Add link to another container"},
    {"link-local-ip", 0, FlagType::strings, "Add a link-local address for the container"},
};

int run(Invocation& call) {
  const Flags& flags = call.flags;
  api::EndpointSettings endpoint;
  if (auto aliases = flags.list("alias"); !aliases.empty()) endpoint.aliases = std::move(aliases);
  if (auto links = flags.list("link"); !links.empty()) endpoint.links = std::move(links);
  if (auto options = flags.list("driver-opt"); !options.empty())
    endpoint.driver_opts = to_map(options);
  endpoint.gw_priority = flags.integer("gw-priority", 0);
  const api::EndpointIpamConfig ipam{.ipv4_address = flags.text("ip"),
                                     .ipv6_address = flags.text("ip6"),
                                     .link_local_ips = flags.list("link-local-ip")};
  if (ipam != api::EndpointIpamConfig{}) endpoint.ipam_config = ipam;
  const api::NetworkConnect connect{.container = call.args[1], .endpoint_config = endpoint};
  from_daemon([&] { call.api().networks().connect(call.args[0], connect); });
  return 0;
}

}  // namespace

extern const Command kNetworkConnect;
constinit const Command kNetworkConnect{.name = "network connect",
                                        .forms = "network connect",
                                        .arguments = "[OPTIONS] NETWORK CONTAINER",
                                        .summary = "Connect a container to a network",
                                        .flags = kFlags,
                                        .least = 2,
                                        .most = 2,
                                        .run = run};

}  // namespace mydock::cli
