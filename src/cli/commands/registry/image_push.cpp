#include "cli/format/progress.h"
#include "cli/invocation.h"
#include "cli/registry/credentials.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all-tags", 'a', FlagType::boolean, "Push all tags of an image to the repository"},
    {"disable-content-trust", 0, FlagType::boolean, "Skip image signing (default true)"},
    {"platform", 0, FlagType::text,
     "Push a platform-specific manifest as a single-platform image to the registry.\nImage index "
     "won't be pushed, meaning that other manifests, including attestations won't be "
     "preserved.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"},
    {"quiet", 'q', FlagType::boolean, "Suppress verbose output"},
};

int run(Invocation& call) {
  const bool quiet = call.flags.boolean("quiet");
  const bool all = call.flags.boolean("all-tags");
  auto name = oci::Reference::parse_name(call.args[0]);
  if (all && (!name.tag.empty() || name.digest)) {
    fail(Kind::invalid, "tag can't be used with --all-tags/-a");
  }
  if (name.digest) fail(Kind::invalid, "cannot push a digest reference");
  if (!all && name.tag.empty() && !name.digest) {
    name.tag = "latest";
    if (!quiet) call.console.line("Using default tag: latest");
  }
  http::Response response = from_daemon([&] {
    return call.api().images().push(name.familiar_name(), name.tag,
                                    registry_auth_for(call.config_folder, name.domain));
  });
  show_progress(response.body(), call.console, quiet ? ProgressTo::nowhere : ProgressTo::out);
  if (quiet) call.console.line(name.str());
  return 0;
}

}  // namespace

extern const Command kImagePush;
constinit const Command kImagePush{.name = "push",
                                   .forms = "image push, push",
                                   .arguments = "[OPTIONS] NAME[:TAG]",
                                   .summary = "Upload an image to a registry",
                                   .flags = kFlags,
                                   .least = 1,
                                   .most = 1,
                                   .run = run};

}  // namespace mydock::cli
