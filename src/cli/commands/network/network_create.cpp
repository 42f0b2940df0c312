#include "cli/commands/network/ipam_flags.h"
#include "cli/create/environment.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"attachable", 0, FlagType::boolean, "Enable manual container attachment"},
    {"aux-address", 0, FlagType::map,
     "Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])"},
    {"config-from", 0, FlagType::text, "The network from which to copy the configuration"},
    {"config-only", 0, FlagType::boolean, "Create a configuration only network"},
    {"driver", 'd', FlagType::text, "Driver to manage the Network (default \"bridge\")"},
    {"gateway", 0, FlagType::strings, "IPv4 or IPv6 Gateway for the master subnet"},
    {"ingress", 0, FlagType::boolean, "Create swarm routing-mesh network"},
    {"internal", 0, FlagType::boolean, "Restrict external access to the network"},
    {"ip-range", 0, FlagType::strings, "Allocate container ip from a sub-range"},
    {"ipam-driver", 0, FlagType::text, "IP Address Management Driver (default \"default\")"},
    {"ipam-opt", 0, FlagType::map, "Set IPAM driver specific options (default map[])"},
    {"ipv4", 0, FlagType::boolean, "Enable or disable IPv4 address assignment (default true)"},
    {"ipv6", 0, FlagType::boolean, "Enable or disable IPv6 address assignment"},
    {"label", 0, FlagType::list, "Set metadata on a network"},
    {"opt", 'o', FlagType::map, "Set driver specific options (default map[])"},
    {"scope", 0, FlagType::text, "Control the network's scope"},
    {"subnet", 0, FlagType::strings, "Subnet in CIDR format that represents a network segment"},
};

int run(Invocation& call) {
  const Flags& flags = call.flags;
  api::NetworkCreate create;
  create.name = call.args[0];
  create.driver = flags.text("driver", "bridge");
  create.scope = flags.text("scope");
  if (flags.has("ipv4")) create.enable_ipv4 = flags.boolean("ipv4");
  if (flags.has("ipv6")) create.enable_ipv6 = flags.boolean("ipv6");
  create.ipam = read_ipam(flags);
  create.internal = flags.boolean("internal");
  create.ingress = flags.boolean("ingress");
  create.config_only = flags.boolean("config-only");
  if (flags.has("config-from")) {
    create.config_from = api::ConfigReference{.network = flags.text("config-from")};
  }
  create.attachable = flags.boolean("attachable");
  create.options = to_map(flags.list("opt"));
  create.labels = to_map(flags.list("label"));
  const auto created = from_daemon([&] { return call.api().networks().create(create); });
  if (!created.warning.empty()) call.console.err("WARNING: " + created.warning);
  call.console.line(created.id);
  return 0;
}

}  // namespace

extern const Command kNetworkCreate;
constinit const Command kNetworkCreate{.name = "network create",
                                       .forms = "network create",
                                       .arguments = "[OPTIONS] NETWORK",
                                       .summary = "Create a network",
                                       .flags = kFlags,
                                       .least = 1,
                                       .most = 1,
                                       .run = run};

}  // namespace mydock::cli
