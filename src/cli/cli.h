#pragma once

namespace mydock::cli {

// The whole of the mydock program. Returns its exit code.
int run_cli(int argc, const char* const* argv);

}  // namespace mydock::cli
