#include "engine/container/spec/seccomp_programs.h"

#include "base/file.h"
#include "engine/container/spec/spec_builder.h"
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

SeccompPrograms::Filter SeccompPrograms::filter_for(const api::HostConfig& host) {
  std::string text = security_option(host, "seccomp");
  // A privileged container has a filter only if one was asked for.
  if (text.empty()) text = host.privileged ? "unconfined" : default_profile_;
  if (text == "unconfined") return {};
  if (text == "builtin") text.clear();
  const std::vector<std::string> capabilities = container_capabilities(host);
  std::string key = build_ + '\n' + text;
  for (const std::string& name : capabilities) key += '\n' + name;
  Filter filter;
  filter.profile = text.empty() ? runtime::default_seccomp_profile(capabilities)
                                : runtime::parse_seccomp_profile(text, capabilities);
  if (filter.profile->default_action.empty()) return {};  // a profile that confines nothing
  filter.program = file_for(key, *filter.profile);
  return filter;
}

std::string SeccompPrograms::file_for(const std::string& key, const oci::Seccomp& profile) {
  const fs::path path = directory_ / oci::sha256_of(key).hex();
  {
    const std::lock_guard lock(mutex_);
    if (ready_.contains(path)) return path;
  }
  if (!fs::exists(path)) {
    make_directories(directory_, 0700);
    write_file_atomically(path, runtime::compile_seccomp(profile), 0600, Durability::renamed);
  }
  const std::lock_guard lock(mutex_);
  ready_.insert(path);
  return path;
}

}  // namespace mydock::engine
