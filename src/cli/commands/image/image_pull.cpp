#include "cli/create/create_container.h"
#include "cli/invocation.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all-tags", 'a', FlagType::boolean, "Download all tagged images in the repository"},
    {"disable-content-trust", 0, FlagType::boolean, "Skip image verification (default true)"},
    {"platform", 0, FlagType::text, "Set platform if server is multi-platform capable"},
    {"quiet", 'q', FlagType::boolean, "Suppress verbose output"},
};

int run(Invocation& call) {
  if (call.flags.boolean("all-tags")) fail(Kind::not_implemented, "--all-tags is not implemented");
  const bool quiet = call.flags.boolean("quiet");
  const auto name = oci::Reference::parse_name(call.args[0]);
  if (name.tag.empty() && !name.digest && !quiet) call.console.line("Using default tag: latest");
  pull_image(call.api(), call.args[0], call.flags.text("platform"),
             quiet ? PullOutput::quiet : PullOutput::to_stdout, call.console);
  call.console.line(oci::Reference::parse_familiar(call.args[0]).str());
  return 0;
}

}  // namespace

extern const Command kImagePull;
constinit const Command kImagePull{.name = "pull",
                                   .forms = "image pull, pull",
                                   .arguments = "[OPTIONS] NAME[:TAG|@DIGEST]",
                                   .summary = "Download an image from a registry",
                                   .flags = kFlags,
                                   .least = 1,
                                   .most = 1,
                                   .run = run};

}  // namespace mydock::cli
