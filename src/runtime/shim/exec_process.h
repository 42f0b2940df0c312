#pragma once

#include <string>

#include "runtime/shim/container.h"

namespace mydock::runtime::shim {

// A process that joined the container. Lives until its output is drained and told.
struct Container::ExecProcess {
  std::string id;
  oci::Process process;
  std::string user;
  std::unique_ptr<ProcessIo> io;
  Spawned child;
  Loop::Watch channel_watch;
  Loop::Watch ack_timer;
  Reply reply;  // until it runs or failed
  bool running = true;
  bool failed = false;
  int code = 0;
};

}  // namespace mydock::runtime::shim
