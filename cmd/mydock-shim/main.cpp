#include "runtime/command.h"
#include "runtime/shim.h"

// "mydock-shim BUNDLE", an absolute path, is how the daemon starts one; anything else is the
// command line of an OCI runtime.
int main(int argc, char** argv) {
  if (argc == 2 && argv[1][0] == '/') return mydock::runtime::run_shim(argv[1]);
  return mydock::runtime::run_command(argc, argv);
}
