#include "cli/terminal/input.h"

#include <fcntl.h>

#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace mydock::cli {

Fd open_input(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd) return fd;
  const int number = errno;
  const char* words = ::strerrordesc_np(number);
  std::string reason = words == nullptr ? "unknown error" : words;
  reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  throw Error(Kind::system, fmt::format("open {}: {}", path, reason), number);
}

}  // namespace mydock::cli
