#pragma once

namespace mydock::runtime {

// The command line of an OCI runtime: create, start, state, kill, delete, run, exec, list, ps,
// pause, resume, update, features. Returns the exit status. This process has one thread.
int run_command(int argc, char** argv);

}  // namespace mydock::runtime
