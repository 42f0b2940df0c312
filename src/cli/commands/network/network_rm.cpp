#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"force", 'f', FlagType::boolean, "Do not error if the network does not exist"},
};

int run(Invocation& call) {
  int code = 0;
  for (const std::string& name : call.args) {
    try {
      from_daemon([&] { call.api().networks().remove(name); });
      call.console.line(name);
    } catch (const Error& error) {  // said here, so that the next ones get their turn
      if (call.flags.boolean("force") && error.kind() == Kind::not_found) continue;
      call.console.err(error.message());
      code = 1;
    }
  }
  if (code != 0) throw ExitError(code, "exit status 1");
  return 0;
}

}  // namespace

extern const Command kNetworkRm;
constinit const Command kNetworkRm{.name = "network rm",
                                   .forms = "network rm, network remove",
                                   .arguments = "NETWORK [NETWORK...]",
                                   .summary = "Remove one or more networks",
                                   .flags = kFlags,
                                   .least = 1,
                                   .run = run};

}  // namespace mydock::cli
