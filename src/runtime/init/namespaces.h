#pragma once

#include <string_view>

#include "oci/runtime_spec.h"

namespace mydock::runtime::init {

// nullptr: the spec has no namespace of that type, so the container shares ours.
const oci::Namespace* find_namespace(const oci::Spec& spec, std::string_view type);

// Namespaces are made in the user namespace of the process that clones, and a user namespace's own
// root may not join what belongs to the host. So with a user namespace all that is given by path is
// joined by a process before it clones init; likewise a new time namespace is only entered by the
// children of the process that made it, and its offsets are set before they are born.
bool enters_before_clone(const oci::Spec& spec);
void enter_before_clone(const oci::Spec& spec);
// In init. Joins the namespaces that the spec gives by path (not the pid namespace, see
// ChildPidNamespace; nor what was entered before) and unshares the cgroup namespace: after the
// process is in its groups.
void enter_namespaces(const oci::Spec& spec);
// All namespaces of a running container's init, but its pid namespace.
void join_namespaces_of(int init_pidfd, const oci::Spec& spec);

// In a network namespace of the container's own: "lo" comes up, as with every OCI runtime.
void set_up_loopback(const oci::Spec& spec);

// In a user namespace: become its root, which the id maps made possible.
void become_root_of_user_namespace(const oci::Spec& spec);

}  // namespace mydock::runtime::init
