#pragma once

#include <sys/types.h>

#include <string>

namespace mydock::runtime::shim {

// Starts a process that replaces `path` by `path`.gz and ends. Returns its pid; 0: there is none,
// and the file stays as it is.
pid_t start_compression(const std::string& path);

// What that process does. Should `path` be removed meanwhile, nothing is left. False: it failed,
// and `path` is as it was.
bool compress_file(const std::string& path);

}  // namespace mydock::runtime::shim
