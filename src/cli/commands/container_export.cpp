#include "cli/invocation.h"
#include "cli/terminal/console_sink.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"output", 'o', FlagType::text, "Write to a file, instead of STDOUT"},
};

int run(Invocation& call) {
  const std::string output = call.flags.text("output");
  if (output.empty() && call.console.out_is_terminal()) {
    fail(Kind::invalid, "cowardly refusing to save to a terminal. Use the -o flag or redirect");
  }
  http::Response response =
      from_daemon([&] { return call.api().containers().export_tar(call.args[0]); });
  write_stream(response.body(), output, call.console);
  return 0;
}

}  // namespace

extern const Command kContainerExport;
constinit const Command kContainerExport{
    .name = "export",
    .forms = "container export, export",
    .arguments = "[OPTIONS] CONTAINER",
    .summary = "Export a container's filesystem as a tar archive",
    .flags = kFlags,
    .least = 1,
    .most = 1,
    .run = run};

}  // namespace mydock::cli
