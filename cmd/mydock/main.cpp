#include "cli/cli.h"

int main(int argc, char** argv) { return mydock::cli::run_cli(argc, argv); }
