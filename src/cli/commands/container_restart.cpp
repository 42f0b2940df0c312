#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"signal", 's', FlagType::text, "Signal to send to the container"},
    {"timeout", 't', FlagType::integer, "Seconds to wait before killing the container"},
};

int run(Invocation& call) {
  const client::StopQuery query{.signal = call.flags.text("signal"),
                                .timeout = call.flags.integer("timeout")};
  return for_each_argument(call, [&](auto& ref) { call.api().containers().restart(ref, query); });
}

}  // namespace

extern const Command kContainerRestart;
constinit const Command kContainerRestart{.name = "restart",
                                          .forms = "container restart, restart",
                                          .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
                                          .summary = "Restart one or more containers",
                                          .flags = kFlags,
                                          .least = 1,
                                          .run = run};

}  // namespace mydock::cli
