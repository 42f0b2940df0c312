#include "cli/create/values.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"force", 'f', FlagType::boolean, "Force removal of the image"},
    {"no-prune", 0, FlagType::boolean, "Do not delete untagged parents"},
    {"platform", 0, FlagType::strings,
     "Remove only the given platform variant. Formatted as "
     "\"os[/arch[/variant]]\" (e.g., \"linux/amd64\")"},
};

int run(Invocation& call) {
  const bool force = call.flags.boolean("force");
  const bool keep_parents = call.flags.boolean("no-prune");
  std::vector<std::string> platforms;
  for (const std::string& text : call.flags.list("platform")) {
    platforms.push_back(platform_query(text));
  }
  return for_each_argument(
      call,
      [&](auto& name) {
        for (const api::ImageDeleted& gone :
             call.api().images().remove(name, force, keep_parents, platforms)) {
          call.console.line(gone.deleted.empty() ? "Untagged: " + gone.untagged
                                                 : "Deleted: " + gone.deleted);
        }
      },
      false);
}

}  // namespace

extern const Command kImageRm;
constinit const Command kImageRm{.name = "rmi",
                                 .forms = "image rm, image remove, rmi",
                                 .arguments = "[OPTIONS] IMAGE [IMAGE...]",
                                 .summary = "Remove one or more images",
                                 .flags = kFlags,
                                 .least = 1,
                                 .run = run};

}  // namespace mydock::cli
