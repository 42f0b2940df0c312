#include "api/info.h"

namespace mydock::api {

namespace {

template <class V>
void object_counts(V& v, Of<Info> auto& s) {
  v("ID", s.id);
  v("Containers", s.containers);
  v("ContainersRunning", s.containers_running);
  v("ContainersPaused", s.containers_paused);
  v("ContainersStopped", s.containers_stopped);
  v("Images", s.images);
  v("Driver", s.driver);
  v("DriverStatus", s.driver_status);
  v("Plugins", s.plugins);
}

template <class V>
void host_abilities(V& v, Of<Info> auto& s) {
  v("MemoryLimit", s.memory_limit);
  v("SwapLimit", s.swap_limit);
  v("CpuCfsPeriod", s.cpu_cfs_period);
  v("CpuCfsQuota", s.cpu_cfs_quota);
  v("CPUShares", s.cpu_shares);
  v("CPUSet", s.cpu_set);
  v("PidsLimit", s.pids_limit);
  v("IPv4Forwarding", s.ipv4_forwarding);
  v.omit_empty("BridgeNfIptables", s.bridge_nf);
  v.omit_empty("BridgeNfIp6tables", s.bridge_nf);
  v("Debug", s.debug);
  v("NFd", s.n_fd);
  v("OomKillDisable", s.oom_kill_disable);
  v("NGoroutines", s.n_goroutines);
  v("SystemTime", s.system_time);
  v("LoggingDriver", s.logging_driver);
  v("CgroupDriver", s.cgroup_driver);
  v("CgroupVersion", s.cgroup_version);
  v("NEventsListener", s.n_events_listener);
  v("KernelVersion", s.kernel_version);
  v("OperatingSystem", s.operating_system);
  v("OSVersion", s.os_version);
  v("OSType", s.os_type);
  v("Architecture", s.architecture);
}

template <class V>
void settings(V& v, Of<Info> auto& s) {
  v("IndexServerAddress", s.index_server_address);
  v("RegistryConfig", s.registry_config);
  v("NCPU", s.n_cpu);
  v("MemTotal", s.mem_total);
  if constexpr (!V::reading) v("GenericResources", RawJson());
  v("DockerRootDir", s.docker_root_dir);
  v("HttpProxy", s.http_proxy);
  v("HttpsProxy", s.https_proxy);
  v("NoProxy", s.no_proxy);
  v("Name", s.name);
  v("Labels", s.labels);
  v("ExperimentalBuild", s.experimental_build);
  v("ServerVersion", s.server_version);
  v("Runtimes", s.runtimes);
  v("DefaultRuntime", s.default_runtime);
  v("Swarm", s.swarm);
  v("LiveRestoreEnabled", s.live_restore_enabled);
  v("Isolation", s.isolation);
  v("InitBinary", s.init_binary);
  v("ContainerdCommit", s.containerd_commit);
  v("RuncCommit", s.runc_commit);
  v("InitCommit", s.init_commit);
  v("SecurityOptions", s.security_options);
  v.omit_empty("DefaultAddressPools", s.default_address_pools);
  v.omit_empty("FirewallBackend", s.firewall_backend);
  v("CDISpecDirs", s.cdi_spec_dirs);
  v("Warnings", s.warnings);
}

template <class V>
void all_fields(V& v, Of<Info> auto& s) {
  object_counts(v, s);
  host_abilities(v, s);
  settings(v, s);
}

}  // namespace

void write_json(JsonWriter& writer, const Info& info) {
  writer.begin('{');
  all_fields(writer, info);
  writer.end('}');
}

void read_json(const JsonReader& reader, Info& info) {
  JsonReader copy = reader;
  all_fields(copy, info);
}

void shape_for(ApiVersion version, Info& info) {
  if (version < ApiVersion{1, 50}) info.bridge_nf = false;
  if (version >= ApiVersion{1, 49}) return;
  info.firewall_backend.reset();
  for (Commit* commit : {&info.containerd_commit, &info.runc_commit, &info.init_commit}) {
    commit->expected = commit->id;
  }
}

}  // namespace mydock::api
