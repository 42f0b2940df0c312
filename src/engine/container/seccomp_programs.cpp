#include "engine/container/seccomp_programs.h"

#include "base/file.h"
#include "engine/container/spec_builder.h"
#include "oci/hasher.h"
#include "runtime/seccomp.h"

namespace mydock::engine {

SeccompPrograms::SeccompPrograms(fs::path directory, std::string default_profile, std::string build)
    : directory_(std::move(directory)),
      default_profile_(std::move(default_profile)),
      build_(std::move(build)) {
  if (!default_profile_.empty() && default_profile_ != "unconfined") {
    default_profile_ = read_file(default_profile_);
  }
}

std::string SeccompPrograms::program_for(const api::HostConfig& host) {
  std::string profile = security_option(host, "seccomp");
  if (profile.empty()) profile = default_profile_;
  if (profile == "builtin") profile.clear();
  if (host.privileged || profile == "unconfined") return {};
  const std::vector<std::string> capabilities = container_capabilities(host);
  std::string key = build_ + '\n' + profile;
  for (const std::string& name : capabilities) key += '\n' + name;
  const fs::path path = directory_ / oci::sha256_of(key).hex();
  {
    const std::lock_guard lock(mutex_);
    if (ready_.contains(path)) return path;
  }
  if (!fs::exists(path)) {
    make_directories(directory_, 0700);
    write_file_atomically(path, compile(profile, capabilities), 0600, Durability::renamed);
  }
  const std::lock_guard lock(mutex_);
  ready_.insert(path);
  return path;
}

std::string SeccompPrograms::compile(const std::string& profile,
                                     const std::vector<std::string>& capabilities) {
  return runtime::compile_seccomp(profile.empty()
                                      ? runtime::default_seccomp_profile(capabilities)
                                      : runtime::parse_seccomp_profile(profile, capabilities));
}

}  // namespace mydock::engine
