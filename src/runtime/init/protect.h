#pragma once

#include "oci/runtime_spec.h"
#include "runtime/init/kernel_files.h"

// The last steps before the gate, all of them after pivot_to(): "/" is the container's.
namespace mydock::runtime::init {

// Binds each path that exists on itself, read-only with all below it.
void protect_paths(const std::vector<std::string>& readonly_paths);
// Covers files with /dev/null and directories with an empty read-only tmpfs. Errors: forbidden (the
// container's /dev/null is something else).
void mask_paths(const std::vector<std::string>& masked_paths);

// Those of the container's own ipc, network and uts namespaces only. Errors: invalid, as runc words
// them: "sysctl "x" is not in a separate kernel namespace".
void check_sysctls(const oci::Spec& spec);
void write_sysctls(const oci::Spec& spec, const PrivateProc& proc);

void set_host_names(const oci::Spec& spec);

}  // namespace mydock::runtime::init
