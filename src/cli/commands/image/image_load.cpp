#include <unistd.h>

#include "cli/create/values.h"
#include "cli/format/progress.h"
#include "cli/invocation.h"
#include "cli/terminal/input.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"input", 'i', FlagType::text, "Read from tar archive file, instead of STDIN"},
    {"platform", 0, FlagType::text,
     "Load only the given platform variant. Formatted as \"os[/arch[/variant]]\" "
     "(e.g., \"linux/amd64\")"},
    {"quiet", 'q', FlagType::boolean, "Suppress the load output"},
};

int run(Invocation& call) {
  const std::string input = call.flags.text("input");
  if (input.empty() && call.console.in_is_terminal()) {
    fail(Kind::invalid, "requested load from stdin, but stdin is empty");
  }
  FdSource tar(input.empty() ? Fd(::dup(STDIN_FILENO)) : open_input(input));
  const bool quiet = call.flags.boolean("quiet") || !call.console.out_is_terminal();
  const std::string platform = platform_query(call.flags.text("platform"));
  http::Response response =
      from_daemon([&] { return call.api().images().load(tar, quiet, platform); });
  show_progress(response.body(), call.console, ProgressTo::out);
  return 0;
}

}  // namespace

extern const Command kImageLoad;
constinit const Command kImageLoad{.name = "load",
                                   .forms = "image load, load",
                                   .arguments = "[OPTIONS]",
                                   .summary = "Load an image from a tar archive or STDIN",
                                   .flags = kFlags,
                                   .least = 0,
                                   .most = 0,
                                   .run = run};

}  // namespace mydock::cli
