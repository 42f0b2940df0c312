#include "cli/create/create_container.h"
#include "cli/create/create_request.h"
#include "cli/create/run_flags.h"
#include "cli/invocation.h"

namespace mydock::cli {

int create_command(Invocation& call) {
  const auto request =
      with_run_hint(call, 125, [&] { return make_create_request(call.flags, call.args); });
  const std::string id = create_container(call, request);
  call.console.line(id);
  return 0;
}

}  // namespace mydock::cli
