#include "cli/create/values.h"
#include "cli/invocation.h"
#include "cli/terminal/console_sink.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"output", 'o', FlagType::text, "Write to a file, instead of STDOUT"},
    {"platform", 0, FlagType::text,
     "Save only the given platform variant. Formatted as \"os[/arch[/variant]]\" "
     "(e.g., \"linux/amd64\")"},
};

int run(Invocation& call) {
  const std::string output = call.flags.text("output");
  if (output.empty() && call.console.out_is_terminal()) {
    fail(Kind::invalid, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
  }
  const std::string platform = platform_query(call.flags.text("platform"));
  http::Response response =
      from_daemon([&] { return call.api().images().save(call.args, platform); });
  write_stream(response.body(), output, call.console);
  return 0;
}

}  // namespace

extern const Command kImageSave;
constinit const Command kImageSave{
    .name = "save",
    .forms = "image save, save",
    .arguments = "[OPTIONS] IMAGE [IMAGE...]",
    .summary = "Save one or more images to a tar archive (streamed to STDOUT by default)",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
