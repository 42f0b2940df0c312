#include <string_view>

#include "runtime/shim.h"

int main(int argc, char** argv) {
  if (argc == 2 && argv[1][0] == '/') return mydock::runtime::run_shim(argv[1]);
  return 2;
}
