#include <unistd.h>

#include "cli/format/progress.h"
#include "cli/invocation.h"
#include "cli/terminal/input.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"change", 'c', FlagType::list, "Apply Dockerfile instruction to the created image"},
    {"message", 'm', FlagType::text, "Set commit message for imported image"},
    {"platform", 0, FlagType::text, "Set platform if server is multi-platform capable"},
};

int run(Invocation& call) {
  client::ImportQuery query;
  query.message = call.flags.text("message");
  query.platform = call.flags.text("platform");
  query.changes = call.flags.list("change");
  if (call.args.size() > 1) {
    const auto name = oci::Reference::parse_familiar(call.args[1]);
    query.repository = name.familiar_name();
    query.tag = name.tag;
  }
  const std::string& source = call.args[0];
  std::optional<FdSource> tar;
  if (source == "-") {
    tar.emplace(Fd(::dup(STDIN_FILENO)));
  } else if (source.starts_with("http://") || source.starts_with("https://")) {
    query.source = source;
  } else {
    tar.emplace(open_input(source));
  }
  http::Response response =
      from_daemon([&] { return call.api().images().import(query, tar ? &*tar : nullptr); });
  show_progress(response.body(), call.console, ProgressTo::out);
  return 0;
}

}  // namespace

extern const Command kImageImport;
constinit const Command kImageImport{
    .name = "import",
    .forms = "image import, import",
    .arguments = "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
    .summary = "Import the contents from a tarball to create a filesystem image",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
