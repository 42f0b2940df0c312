#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"force", 'f', FlagType::boolean, "Force the container to disconnect from a network"},
};

int run(Invocation& call) {
  const api::NetworkDisconnect disconnect{.container = call.args[1],
                                          .force = call.flags.boolean("force")};
  from_daemon([&] { call.api().networks().disconnect(call.args[0], disconnect); });
  return 0;
}

}  // namespace

extern const Command kNetworkDisconnect;
constinit const Command kNetworkDisconnect{.name = "network disconnect",
                                           .forms = "network disconnect",
                                           .arguments = "[OPTIONS] NETWORK CONTAINER",
                                           .summary = "Disconnect a container from a network",
                                           .flags = kFlags,
                                           .least = 2,
                                           .most = 2,
                                           .run = run};

}  // namespace mydock::cli
