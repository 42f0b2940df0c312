#pragma once

#include <string>
#include <utility>
#include <vector>

#include <linux/bpf.h>

#include "base/fd.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime::cgroup {

// The rules of the spec, then what every container may use: /dev/null and its like, terminals,
// mknod of any device. Without rules of its own a container may use nothing else.
std::vector<oci::DeviceRule> effective_rules(const std::vector<oci::DeviceRule>& rules);

// BPF_PROG_TYPE_CGROUP_DEVICE: the last rule that matches wins; none: refused. Empty: everything is
// allowed, no program is needed. Errors: invalid (a rule's type or access).
std::vector<bpf_insn> device_program(const std::vector<oci::DeviceRule>& rules);
// Loads and attaches it to a v2 group, whose own program it replaces.
void attach_device_program(const Fd& group, const std::vector<oci::DeviceRule>& rules);

// {"devices.deny", "a"}, {"devices.allow", "c 1:3 rwm"}, … for the v1 controller.
std::vector<std::pair<std::string, std::string>> device_lines_v1(
    const std::vector<oci::DeviceRule>& rules);

}  // namespace mydock::runtime::cgroup
