#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"signal", 's', FlagType::text, "Signal to send to the container"},
};

int run(Invocation& call) {
  const std::string signal = call.flags.text("signal");
  return for_each_argument(call, [&](auto& ref) { call.api().containers().kill(ref, signal); });
}

}  // namespace

extern const Command kContainerKill;
constinit const Command kContainerKill{.name = "kill",
                                       .forms = "container kill, kill",
                                       .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
                                       .summary = "Kill one or more running containers",
                                       .flags = kFlags,
                                       .least = 1,
                                       .run = run};

}  // namespace mydock::cli
