#include "cli/format/table.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  std::string options;
  for (std::size_t i = 1; i < call.args.size(); ++i) options += (i > 1 ? " " : "") + call.args[i];
  const auto top = from_daemon([&] { return call.api().containers().top(call.args[0], options); });
  std::string table;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) table += (i > 0 ? "\t" : "") + cells[i];
    table += '\n';
  };
  add(top.titles);
  for (const auto& process : top.processes) add(process);
  call.console.text(align_tabs(table, 20, 1));
  return 0;
}

}  // namespace

extern const Command kContainerTop;
constinit const Command kContainerTop{.name = "top",
                                      .forms = "container top, top",
                                      .arguments = "CONTAINER [ps OPTIONS]",
                                      .summary = "Display the running processes of a container",
                                      .least = 1,
                                      .options_first = true,
                                      .run = run};

}  // namespace mydock::cli
