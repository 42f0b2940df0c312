#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"force", 'f', FlagType::boolean, "Force the removal of a running container (uses SIGKILL)"},
    {"link", 'l', FlagType::boolean, "Remove the specified link"},
    {"volumes", 'v', FlagType::boolean, "Remove anonymous volumes associated with the container"},
};

int run(Invocation& call) {
  const client::RemoveQuery query{.volumes = call.flags.boolean("volumes"),
                                  .force = call.flags.boolean("force"),
                                  .link = call.flags.boolean("link")};
  return for_each_argument(call, [&](auto& ref) {
    std::string name = ref;
    while (name.starts_with('/')) name.erase(0, 1);
    if (name.empty()) fail(Kind::invalid, "Container name cannot be empty");
    call.api().containers().remove(name, query);
  });
}

}  // namespace

extern const Command kContainerRm;
constinit const Command kContainerRm{.name = "rm",
                                     .forms = "container rm, container remove, rm",
                                     .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
                                     .summary = "Remove one or more containers",
                                     .flags = kFlags,
                                     .least = 1,
                                     .run = run};

}  // namespace mydock::cli
