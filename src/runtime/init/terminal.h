#pragma once

#include <array>

#include "base/fd.h"
#include "base/root.h"
#include "oci/runtime_spec.h"
#include "runtime/init/run_init.h"

namespace mydock::runtime::init {

struct Terminal {
  Fd master;
  Fd peer;
};

// A new pty of the devpts that is mounted in `root`, of the size that was asked for.
Terminal open_terminal(const Child& child, const Root& root);
// Mounts the peer on a fresh /dev/console of `root`.
void mount_console(const Root& root, const Fd& peer);
// Makes the peer this session's controlling terminal and fds 0, 1 and 2.
void use_terminal(const Fd& peer);

// Makes `stdio` fds 0, 1 and 2.
void use_stdio(const std::array<int, 3>& stdio);
// So that the user can open /dev/stdout again. /dev/null stays root's.
void give_stdio_to(uid_t uid);

}  // namespace mydock::runtime::init
