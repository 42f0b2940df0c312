#include "cli/create/create_container.h"
#include "cli/format/progress.h"
#include "cli/invocation.h"
#include "cli/registry/credentials.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all-tags", 'a', FlagType::boolean, "Download all tagged images in the repository"},
    {"disable-content-trust", 0, FlagType::boolean, "Skip image verification (default true)"},
    {"platform", 0, FlagType::text, "Set platform if server is multi-platform capable"},
    {"quiet", 'q', FlagType::boolean, "Suppress verbose output"},
};

int pull_all_tags(Invocation& call, const oci::Reference& name, bool quiet) {
  if (!name.tag.empty() || name.digest) {
    fail(Kind::invalid, "tag can't be used with --all-tags/-a");
  }
  client::PullQuery query;
  query.image = name.name();
  query.platform = call.flags.text("platform");
  query.registry_auth = registry_auth_for(call.config_folder, name.domain);
  http::Response response = from_daemon([&] { return call.api().images().pull(query); });
  show_progress(response.body(), call.console, quiet ? ProgressTo::nowhere : ProgressTo::out);
  call.console.line(name.name());
  return 0;
}

int run(Invocation& call) {
  const bool quiet = call.flags.boolean("quiet");
  const auto name = oci::Reference::parse_name(call.args[0]);
  if (call.flags.boolean("all-tags")) return pull_all_tags(call, name, quiet);
  if (name.tag.empty() && !name.digest && !quiet) call.console.line("Using default tag: latest");
  pull_image(call, call.args[0], call.flags.text("platform"),
             quiet ? PullOutput::quiet : PullOutput::to_stdout);
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
