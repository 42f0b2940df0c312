#include "cli/invocation.h"
#include "cli/registry/credentials.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  const std::string key = credentials_key(call.args.empty() ? "" : call.args[0]);
  call.console.line("Removing login credentials for " + key);
  try {
    erase_credentials(call.config_folder, key);
  } catch (const Error& error) {  // docker, too, calls this a warning
    call.console.err(fmt::format("WARNING: could not erase credentials:\n{}", error.message()));
  }
  return 0;
}

}  // namespace

extern const Command kLogout;
constinit const Command kLogout{.name = "logout",
                                .forms = "logout",
                                .arguments = "[SERVER]",
                                .summary = "Log out from a registry",
                                .least = 0,
                                .most = 1,
                                .run = run,
                                .description =
                                    "Log out from a registry.\nIf no server is specified, the "
                                    "default is defined by the daemon."};

}  // namespace mydock::cli
