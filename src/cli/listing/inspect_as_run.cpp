#include "base/error.h"
#include "cli/create/run_line.h"
#include "cli/listing/inspect.h"

namespace mydock::cli {

namespace {

// Of an image that is gone nothing is known: then all is said.
api::ImageRunConfig image_config(client::ApiClient& api, const std::string& id) {
  try {
    return from_json<api::ImageInspect>(api.images().inspect_json(id)).config;
  } catch (const Error& error) {
    if (error.kind() != Kind::not_found) throw;
    return {};
  }
}

}  // namespace

int print_run_lines(Invocation& call, const std::vector<std::string>& names) {
  if (call.flags.text("as") != "run") {
    fail(Kind::invalid, "invalid value \"{}\" for --as: must be \"run\"", call.flags.text("as"));
  }
  std::vector<std::string> problems;
  for (const std::string& name : names) {
    try {
      from_daemon([&] {
        const api::ContainerInspect container = call.api().containers().inspect(name);
        std::string line = "mydock";
        for (const std::string& word :
             run_line(container, image_config(call.api(), container.image))) {
          line += " " + shell_quoted(word);
        }
        call.console.line(line);
      });
    } catch (const Error& error) {  // said below, so that the next ones get their turn
      problems.push_back(error.message());
    }
  }
  for (const std::string& problem : problems) call.console.err(problem);
  return problems.empty() ? 0 : 1;
}

}  // namespace mydock::cli
