#pragma once

#include "engine/container/record.h"
#include "engine/paths.h"
#include "runtime/log_options.h"

namespace mydock::engine {

// What the shim is to do with the output of `record`'s container. Looks a log server's name up,
// which may take seconds. Errors: invalid, in Docker's words; system (no such host, no journal).
runtime::LogOptions log_setup(const Paths& paths, const Record& record);

// The file that `logs` reads, and how. Empty path: there is none.
struct ReadableLog {
  enum class Format { json, local };
  fs::path path;
  Format format = Format::json;
};
ReadableLog readable_log(const Paths& paths, const Record& record);

}  // namespace mydock::engine
