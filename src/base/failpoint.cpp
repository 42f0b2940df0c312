#include "base/failpoint.h"

#include <csignal>
#include <cstdlib>
#include <string>

namespace mydock {

void failpoint(std::string_view name) {
  static const char* const armed = std::getenv("MYDOCK_FAILPOINT");
  if (armed != nullptr && name == armed) std::raise(SIGKILL);
}

}  // namespace mydock
