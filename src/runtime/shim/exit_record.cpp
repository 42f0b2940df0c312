#include "runtime/shim/exit_record.h"

#include <sys/wait.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/shim/protocol.h"

namespace mydock::runtime::shim {

namespace {
constexpr std::size_t kLongestRecord = 4096;
}

void write_exit(const fs::path& bundle, const Exit& exit, bool durable) {
  write_file_atomically(bundle / kExitName, to_json(exit), 0600,
                        durable ? Durability::synced : Durability::renamed);
}

std::optional<Exit> read_exit(const fs::path& bundle) {
  const auto text = find_file(bundle / kExitName, kLongestRecord);
  if (!text) return std::nullopt;
  try {
    return from_json<Exit>(*text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

int exit_code_of(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 255;
}

}  // namespace mydock::runtime::shim
