#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime::shim {

// The state JSON of runtime.md, which hooks read from their standard input.
std::string hook_state(const oci::Spec& spec, std::string_view id, const fs::path& bundle,
                       std::string_view status, int pid);

// Runs them one after the other, in the host's namespaces. Errors: system, "run prestart hook …".
void run_hooks(const std::vector<oci::Hook>& hooks, std::string_view name,
               const std::string& state);
// The createContainer and startContainer hooks, for init to run in the container's namespaces; no
// function: there are none.
std::function<void(std::string_view name)> hooks_of_init(const oci::Spec& spec, std::string id,
                                                         fs::path bundle);
// For poststart and poststop: runtime.md says to log a failure and to go on.
void run_hooks_and_go_on(const std::vector<oci::Hook>& hooks, std::string_view name,
                         const std::string& state) noexcept;

// A line on standard error, which the daemon keeps as BUNDLE/shim.log.
void report(std::string_view message) noexcept;

}  // namespace mydock::runtime::shim
