#pragma once

#include <string_view>

#include "oci/runtime_spec.h"

namespace mydock::runtime::init {

// nullptr: the spec has no namespace of that type, so the container shares ours.
const oci::Namespace* find_namespace(const oci::Spec& spec, std::string_view type);

// Joins the namespaces that the spec gives by path (not the pid namespace, see ChildPidNamespace)
// and unshares the cgroup namespace: after the process is in its groups.
void enter_namespaces(const oci::Spec& spec);
// All namespaces of a running container's init, but its pid namespace.
void join_namespaces_of(int init_pidfd, const oci::Spec& spec);

// In a network namespace of the container's own: "lo" comes up, as with every OCI runtime.
void set_up_loopback(const oci::Spec& spec);

// In a user namespace: become its root, which the id maps made possible.
void become_root_of_user_namespace(const oci::Spec& spec);

}  // namespace mydock::runtime::init
