// mydockd: the daemon. See docs/architecture.md.
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "daemon/config.h"
#include "daemon/serve.h"
#include "daemon/wiring.h"

int main(int argc, char** argv) {
  try {
    std::optional<std::string> help;
    const mydock::daemon::Config config = mydock::daemon::load_config(argc, argv, help);
    if (help) {
      std::fputs(help->c_str(), stdout);
      return 0;
    }
    if (config.show_version) {
      std::printf("mydock daemon, as Docker version %s\n", mydock::daemon::kServerVersion);
      return 0;
    }
    if (config.validate) {
      std::puts("configuration OK");
      return 0;
    }
    return mydock::daemon::serve(config, argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mydockd: %s\n", error.what());
    return 1;
  }
}
