#pragma once

#include "base/fd.h"

namespace mydock::runtime::init {

// Executes this program anew, as "mydock-shim BUNDLE", from a file that nobody can open for
// writing: a container that gets hold of /proc/PID/exe of a process of ours (it may execute that as
// its own program) could overwrite the program on the host otherwise. See CVE-2019-5736. Returns at
// once when this process runs from such a file already. Errors: system.
void run_from_sealed_program(const fs::path& bundle);

// A copy of `program` in memory that nobody can write to, to execute as /proc/PID/fd/N. A daemon
// makes one for all its shims. Errors: system.
Fd seal_program(const fs::path& program);

// True if this process's program cannot be written to.
bool is_sealed_program();

}  // namespace mydock::runtime::init
