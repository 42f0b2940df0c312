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
  return for_each_argument(call, [&](auto& ref) { call.api().containers().stop(ref, query); });
}

}  // namespace

extern const Command kContainerStop;
constinit const Command kContainerStop{.name = "stop",
                                       .forms = "container stop, stop",
                                       .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
                                       .summary = "Stop one or more running containers",
                                       .flags = kFlags,
                                       .least = 1,
                                       .run = run};

}  // namespace mydock::cli
