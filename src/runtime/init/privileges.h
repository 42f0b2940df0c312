#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"
#include "runtime/capabilities.h"

namespace mydock::runtime::init {

// What this machine did not let us set as asked, one sentence each: the container runs with less.
using Warnings = std::vector<std::string>;

// Errors: invalid (an unknown type, soft above hard). A hard limit that we may not raise stays.
void set_rlimits(const oci::Process& process, Warnings& warnings);
// Lowering it needs CAP_SYS_RESOURCE; without, it stays where it is.
// Before anything of the container is mounted or joined: /proc is still the host's.
void set_oom_score_adj(const oci::Process& process, Warnings& warnings);
// Where the profile for the next execve is written; no fd: process asks for none. Errors:
// unavailable (this kernel has no AppArmor), not_implemented (an SELinux label).
Fd open_lsm_attribute(const oci::Process& process);
void set_lsm_profile(const Fd& attribute, const oci::Process& process);
// A session keyring of this name, made or joined, so that the container does not share ours.
void join_session_keyring(const std::string& name);

struct CapabilitySets {
  CapabilitySet own = 0;  // our bounding set, before any of it is dropped
  CapabilitySet bounding = 0;
  CapabilitySet effective = 0;
  CapabilitySet inheritable = 0;
  CapabilitySet permitted = 0;
  CapabilitySet ambient = 0;
};
// The sets of `process`, less what is not in our own bounding set or not known.
CapabilitySets wanted_capabilities(const oci::Process& process, Warnings& warnings);

// In the only order that works: bounding set, groups, uid, then the rest, checked by reading it
// back.
void drop_privileges(const oci::User& user, const CapabilitySets& sets);

}  // namespace mydock::runtime::init
