#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/host_config.h"
#include "base/fd.h"
#include "oci/runtime_spec.h"

namespace mydock::engine {

// Compiled seccomp filters as files, one for each (profile, capabilities): compiling takes
// milliseconds, and most containers have the same.
class SeccompPrograms {
 public:
  // `default_profile`: path of a JSON profile, "unconfined", or empty: the built-in one. `build`
  // tells versions of the daemon apart, whose built-in profiles may differ.
  SeccompPrograms(fs::path directory, std::string default_profile, std::string build);

  // What confines a container: the profile, for config.json, and the file with its compiled form.
  struct Filter {
    std::optional<oci::Seccomp> profile;  // no value: unconfined
    std::string program;
  };
  // Errors: invalid (a bad profile).
  Filter filter_for(const api::HostConfig& host);

 private:
  std::string file_for(const std::string& key, const oci::Seccomp& profile);

  fs::path directory_;
  std::string default_profile_;
  std::string build_;
  std::mutex mutex_;
  std::set<std::string> ready_;  // files that are known to be there
};

}  // namespace mydock::engine
