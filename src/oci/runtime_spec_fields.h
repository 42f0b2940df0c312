#pragma once

// The JSON names of oci/runtime_spec.h, which includes this: config.md and config-linux.md of the
// runtime-spec.
#include "oci/runtime_spec.h"

namespace mydock::oci {

template <class V>
void fields(V& v, Of<IdMapping> auto& s) {
  v("containerID", s.container_id);
  v("hostID", s.host_id);
  v("size", s.size);
}
template <class V>
void fields(V& v, Of<Namespace> auto& s) {
  v("type", s.type);
  v.omit_empty("path", s.path);
}
template <class V>
void fields(V& v, Of<Device> auto& s) {
  v("path", s.path);
  v("type", s.type);
  v("major", s.major);
  v("minor", s.minor);
  v.omit_empty("fileMode", s.file_mode);
  v.omit_empty("uid", s.uid);
  v.omit_empty("gid", s.gid);
}
template <class V>
void fields(V& v, Of<DeviceRule> auto& s) {
  v("allow", s.allow);
  v.omit_empty("type", s.type);
  v.omit_empty("major", s.major);
  v.omit_empty("minor", s.minor);
  v.omit_empty("access", s.access);
}
template <class V>
void fields(V& v, Of<MemoryResources> auto& s) {
  v.omit_empty("limit", s.limit);
  v.omit_empty("reservation", s.reservation);
  v.omit_empty("swap", s.swap);
  v.omit_empty("kernel", s.kernel);
  v.omit_empty("kernelTCP", s.kernel_tcp);
  v.omit_empty("swappiness", s.swappiness);
  v.omit_empty("disableOOMKiller", s.disable_oom_killer);
  v.omit_empty("useHierarchy", s.use_hierarchy);
  v.omit_empty("checkBeforeUpdate", s.check_before_update);
}
template <class V>
void fields(V& v, Of<CpuResources> auto& s) {
  v.omit_empty("shares", s.shares);
  v.omit_empty("quota", s.quota);
  v.omit_empty("burst", s.burst);
  v.omit_empty("period", s.period);
  v.omit_empty("realtimeRuntime", s.realtime_runtime);
  v.omit_empty("realtimePeriod", s.realtime_period);
  v.omit_empty("cpus", s.cpus);
  v.omit_empty("mems", s.mems);
  v.omit_empty("idle", s.idle);
}
template <class V>
void fields(V& v, Of<PidsResources> auto& s) {
  v("limit", s.limit);
}
template <class V>
void fields(V& v, Of<WeightDevice> auto& s) {
  v("major", s.major);
  v("minor", s.minor);
  v.omit_empty("weight", s.weight);
  v.omit_empty("leafWeight", s.leaf_weight);
}
template <class V>
void fields(V& v, Of<ThrottleDevice> auto& s) {
  v("major", s.major);
  v("minor", s.minor);
  v("rate", s.rate);
}
template <class V>
void fields(V& v, Of<BlockIoResources> auto& s) {
  v.omit_empty("weight", s.weight);
  v.omit_empty("leafWeight", s.leaf_weight);
  v.omit_empty("weightDevice", s.weight_device);
  v.omit_empty("throttleReadBpsDevice", s.throttle_read_bps_device);
  v.omit_empty("throttleWriteBpsDevice", s.throttle_write_bps_device);
  v.omit_empty("throttleReadIOPSDevice", s.throttle_read_iops_device);
  v.omit_empty("throttleWriteIOPSDevice", s.throttle_write_iops_device);
}
template <class V>
void fields(V& v, Of<HugepageLimit> auto& s) {
  v("pageSize", s.page_size);
  v("limit", s.limit);
}
template <class V>
void fields(V& v, Of<LinuxResources> auto& s) {
  v.omit_empty("devices", s.devices);
  v.omit_empty("memory", s.memory);
  v.omit_empty("cpu", s.cpu);
  v.omit_empty("pids", s.pids);
  v.omit_empty("blockIO", s.block_io);
  v.omit_empty("hugepageLimits", s.hugepage_limits);
  v.omit_empty("unified", s.unified);
}
template <class V>
void fields(V& v, Of<SeccompArg> auto& s) {
  v("index", s.index);
  v("value", s.value);
  v.omit_empty("valueTwo", s.value_two);
  v("op", s.op);
}
template <class V>
void fields(V& v, Of<SeccompRule> auto& s) {
  v("names", s.names);
  v("action", s.action);
  v.omit_empty("errnoRet", s.errno_ret);
  v.omit_empty("args", s.args);
}
template <class V>
void fields(V& v, Of<Seccomp> auto& s) {
  v("defaultAction", s.default_action);
  v.omit_empty("defaultErrnoRet", s.default_errno_ret);
  v.omit_empty("architectures", s.architectures);
  v.omit_empty("flags", s.flags);
  v.omit_empty("syscalls", s.syscalls);
}
template <class V>
void fields(V& v, Of<TimeOffset> auto& s) {
  v.omit_empty("secs", s.secs);
  v.omit_empty("nanosecs", s.nanosecs);
}
template <class V>
void fields(V& v, Of<Linux> auto& s) {
  v.omit_empty("namespaces", s.namespaces);
  v.omit_empty("uidMappings", s.uid_mappings);
  v.omit_empty("gidMappings", s.gid_mappings);
  v.omit_empty("devices", s.devices);
  v.omit_empty("cgroupsPath", s.cgroups_path);
  v.omit_empty("resources", s.resources);
  v.omit_empty("rootfsPropagation", s.rootfs_propagation);
  v.omit_empty("seccomp", s.seccomp);
  v.omit_empty("sysctl", s.sysctl);
  v.omit_empty("maskedPaths", s.masked_paths);
  v.omit_empty("readonlyPaths", s.readonly_paths);
  v.omit_empty("mountLabel", s.mount_label);
  v.omit_empty("timeOffsets", s.time_offsets);
}

template <class V>
void fields(V& v, Of<Rootfs> auto& s) {
  v("path", s.path);
  v.omit_empty("readonly", s.readonly);
}
template <class V>
void fields(V& v, Of<User> auto& s) {
  v("uid", s.uid);
  v("gid", s.gid);
  v.omit_empty("umask", s.umask);
  v.omit_empty("additionalGids", s.additional_gids);
}
template <class V>
void fields(V& v, Of<ConsoleSize> auto& s) {
  v("height", s.height);
  v("width", s.width);
}
template <class V>
void fields(V& v, Of<Capabilities> auto& s) {
  v.omit_empty("bounding", s.bounding);
  v.omit_empty("effective", s.effective);
  v.omit_empty("inheritable", s.inheritable);
  v.omit_empty("permitted", s.permitted);
  v.omit_empty("ambient", s.ambient);
}
template <class V>
void fields(V& v, Of<Rlimit> auto& s) {
  v("type", s.type);
  v("hard", s.hard);
  v("soft", s.soft);
}
template <class V>
void fields(V& v, Of<Process> auto& s) {
  v.omit_empty("terminal", s.terminal);
  v.omit_empty("consoleSize", s.console_size);
  v("user", s.user);
  v.omit_empty("args", s.args);
  v.omit_empty("env", s.env);
  v("cwd", s.cwd);
  v.omit_empty("capabilities", s.capabilities);
  v.omit_empty("rlimits", s.rlimits);
  v.omit_empty("noNewPrivileges", s.no_new_privileges);
  v.omit_empty("apparmorProfile", s.apparmor_profile);
  v.omit_empty("selinuxLabel", s.selinux_label);
  v.omit_empty("oomScoreAdj", s.oom_score_adj);
}
template <class V>
void fields(V& v, Of<Mount> auto& s) {
  v("destination", s.destination);
  v.omit_empty("type", s.type);
  v.omit_empty("source", s.source);
  v.omit_empty("options", s.options);
  v.omit_empty("uidMappings", s.uid_mappings);
  v.omit_empty("gidMappings", s.gid_mappings);
}
template <class V>
void fields(V& v, Of<Hook> auto& s) {
  v("path", s.path);
  v.omit_empty("args", s.args);
  v.omit_empty("env", s.env);
  v.omit_empty("timeout", s.timeout);
}
template <class V>
void fields(V& v, Of<Hooks> auto& s) {
  v.omit_empty("prestart", s.prestart);
  v.omit_empty("createRuntime", s.create_runtime);
  v.omit_empty("createContainer", s.create_container);
  v.omit_empty("startContainer", s.start_container);
  v.omit_empty("poststart", s.poststart);
  v.omit_empty("poststop", s.poststop);
}
template <class V>
void fields(V& v, Of<Spec> auto& s) {
  v("ociVersion", s.oci_version);
  v.omit_empty("process", s.process);
  v("root", s.root);
  v.omit_empty("hostname", s.hostname);
  v.omit_empty("domainname", s.domainname);
  v.omit_empty("mounts", s.mounts);
  v.omit_empty("hooks", s.hooks);
  v.omit_empty("annotations", s.annotations);
  v("linux", s.linux);
}

}  // namespace mydock::oci
