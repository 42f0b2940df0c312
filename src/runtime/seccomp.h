#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci/runtime_spec.h"

namespace mydock::runtime {

// Docker's default profile for this machine's architecture: an allow-list, EPERM for the rest.
// What depends on capabilities follows from `bounding` ("CAP_SYS_ADMIN").
oci::Seccomp default_seccomp_profile(const std::vector<std::string>& bounding);

// A profile in Docker's format (defaultAction, architectures or archMap, syscalls with names or
// name, includes, excludes), resolved for this machine, its kernel and `bounding`. Errors: invalid,
// worded as dockerd does ("Decoding seccomp profile failed: …"). A profile without defaultAction
// and rules is Docker's way to say unconfined: default_action is empty then.
oci::Seccomp parse_seccomp_profile(std::string_view json, const std::vector<std::string>& bounding);

// The BPF program: bytes of an array of struct sock_filter. Names that the library does not know
// are skipped. System calls newer than the library knows give ENOSYS where the default action is an
// errno, so that programs fall back to older calls. Errors: invalid (action, operator,
// architecture).
std::string compile_seccomp(const oci::Seccomp& profile);

// The flags of seccomp(2) for SECCOMP_SET_MODE_FILTER. Errors: invalid (an unknown flag).
unsigned seccomp_filter_flags(const oci::Seccomp& profile);
// Installs `program` (bytes of sock_filter) for this process. Errors: invalid (no such program),
// system.
void load_seccomp(std::string_view program, unsigned flags);

}  // namespace mydock::runtime
