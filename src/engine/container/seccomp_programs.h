#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "api/host_config.h"
#include "base/fd.h"

namespace mydock::engine {

// Compiled seccomp filters as files, one for each (profile, capabilities): compiling takes
// milliseconds, and most containers have the same.
class SeccompPrograms {
 public:
  // `default_profile`: path of a JSON profile, "unconfined", or empty: the built-in one. `build`
  // tells versions of the daemon apart, whose built-in profiles may differ.
  SeccompPrograms(fs::path directory, std::string default_profile, std::string build);

  // The file with this container's filter; empty: unconfined. Errors: invalid (a bad profile).
  std::string program_for(const api::HostConfig& host);

 private:
  std::string compile(const std::string& profile, const std::vector<std::string>& capabilities);

  fs::path directory_;
  std::string default_profile_;
  std::string build_;
  std::mutex mutex_;
  std::set<std::string> ready_;  // files that are known to be there
};

}  // namespace mydock::engine
