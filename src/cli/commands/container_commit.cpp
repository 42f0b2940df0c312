#include "cli/invocation.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"author", 'a', FlagType::text, "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"},
    {"change", 'c', FlagType::list, "Apply Dockerfile instruction to the created image"},
    {"message", 'm', FlagType::text, "Commit message"},
    {"pause", 'p', FlagType::boolean, "Pause container during commit (default true)"},
};

int run(Invocation& call) {
  client::CommitQuery query;
  query.container = call.args[0];
  if (call.args.size() > 1) {
    const auto name = oci::Reference::parse_familiar(call.args[1]);
    query.repository = name.familiar_name();
    query.tag = name.tag;
  }
  query.comment = call.flags.text("message");
  query.author = call.flags.text("author");
  query.pause = call.flags.boolean("pause", true);
  query.changes = call.flags.list("change");
  const auto answer = from_daemon([&] { return call.api().containers().commit(query); });
  call.console.line(answer.id);
  return 0;
}

}  // namespace

extern const Command kContainerCommit;
constinit const Command kContainerCommit{.name = "commit",
                                         .forms = "container commit, commit",
                                         .arguments = "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
                                         .summary = "Create a new image from a container's changes",
                                         .flags = kFlags,
                                         .least = 1,
                                         .most = 2,
                                         .run = run};

}  // namespace mydock::cli
