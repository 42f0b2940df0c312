#include "cli/copy/copy.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"archive", 'a', FlagType::boolean, "Archive mode (copy all uid/gid information)"},
    {"follow-link", 'L', FlagType::boolean, "Always follow symbol link in SRC_PATH"},
    {"quiet", 'q', FlagType::boolean,
     "Suppress progress output during copy. Progress output is automatically suppressed if no "
     "terminal is attached"},
};

int run(Invocation& call) {
  if (call.args[0].empty()) fail(Kind::invalid, "source can not be empty");
  if (call.args[1].empty()) fail(Kind::invalid, "destination can not be empty");
  const auto from = parse_container_path(call.args[0]);
  const auto to = parse_container_path(call.args[1]);
  const CopyOptions options{.follow = call.flags.boolean("follow-link"),
                            .archive = call.flags.boolean("archive"),
                            .quiet = call.flags.boolean("quiet", !call.console.out_is_terminal())};
  const bool leaves = from && !from->container.empty();
  const bool enters = to && !to->container.empty();
  if (leaves && enters) fail(Kind::invalid, "copying between containers is not supported");
  if (leaves) {
    copy_from_container(call, *from, to ? to->path : call.args[1], options);
  } else if (enters) {
    copy_to_container(call, from ? from->path : call.args[0], *to, options);
  } else {
    fail(Kind::invalid, "must specify at least one container source");
  }
  return 0;
}

}  // namespace

extern const Command kContainerCp;
constinit const Command kContainerCp{
    .name = "cp",
    .forms = "container cp, cp",
    .arguments =
        "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n"
        "\tmydock cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
    .summary = "Copy files/folders between a container and the local filesystem",
    .flags = kFlags,
    .least = 2,
    .most = 2,
    .run = run,
    .description =
        "Use '-' as the source to read a tar archive from stdin\n"
        "and extract it to a directory destination in a container.\n"
        "Use '-' as the destination to stream a tar archive of a\n"
        "container source to stdout."};

}  // namespace mydock::cli
