#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock::runtime::shim {

// Where an OCI runtime sends the master of a terminal that it made: --console-socket.
class ConsoleSocket {
 public:
  // Listens in `directory`, which only we may enter.
  explicit ConsoleSocket(const fs::path& directory);
  ConsoleSocket(const ConsoleSocket&) = delete;
  ConsoleSocket& operator=(const ConsoleSocket&) = delete;
  ~ConsoleSocket();

  // For programs that run as long as this object lives: through a descriptor, since a path in a
  // socket address has 107 bytes.
  std::string path() const;
  // The master that was sent by now: the runtime has ended. Errors: system (none was).
  Fd receive() const;

 private:
  Fd directory_;
  Fd socket_;
};

}  // namespace mydock::runtime::shim
