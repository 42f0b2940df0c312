#include <algorithm>

#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"force", 'f', FlagType::boolean, "Force the removal of a running container (uses SIGKILL)"},
    {"link", 'l', FlagType::boolean, "Remove the specified link"},
    {"volumes", 'v', FlagType::boolean, "Remove anonymous volumes associated with the container"},
};

std::string bare_name(std::string name) {
  name.erase(0, std::min(name.find_first_not_of('/'), name.size()));
  if (name.empty()) fail(Kind::invalid, "Container name cannot be empty");
  return name;
}

int run(Invocation& call) {
  const client::RemoveQuery query{.volumes = call.flags.boolean("volumes"),
                                  .force = call.flags.boolean("force"),
                                  .link = call.flags.boolean("link")};
  int code = 0;
  std::vector<std::string> problems;
  for (const std::string& ref : call.args) {
    try {
      from_daemon([&] { call.api().containers().remove(bare_name(ref), query); });
      call.console.line(ref);
    } catch (const Error& error) {  // said below, so that the next ones get their turn
      problems.push_back(error.message());
      // With --force, one that is not there is as good as removed.
      if (!query.force || error.kind() != Kind::not_found) code = 1;
    }
  }
  for (const std::string& problem : problems) call.console.err(problem);
  return code;
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
