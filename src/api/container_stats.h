#pragma once

#include "api/stats.h"
#include "api/version.h"

namespace mydock::api {

struct NetworkStats {
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_errors = 0;
  std::uint64_t tx_dropped = 0;
};
template <class V>
void fields(V& v, Of<NetworkStats> auto& s) {
  v("rx_bytes", s.rx_bytes);
  v("rx_packets", s.rx_packets);
  v("rx_errors", s.rx_errors);
  v("rx_dropped", s.rx_dropped);
  v("tx_bytes", s.tx_bytes);
  v("tx_packets", s.tx_packets);
  v("tx_errors", s.tx_errors);
  v("tx_dropped", s.tx_dropped);
}

// One sample of GET /containers/{id}/stats.
struct ContainerStats {
  std::string id;
  std::string name;  // with a leading slash
  std::string os_type = "linux";
  Time read{};
  Time preread{};
  CpuStats cpu_stats;
  CpuStats precpu_stats;
  MemoryStats memory_stats;
  PidsStats pids_stats;
  BlkioStats blkio_stats;
  std::uint32_t num_procs = 0;
  Empty storage_stats;
  std::optional<std::map<std::string, NetworkStats>> networks;
};
template <class V>
void fields(V& v, Of<ContainerStats> auto& s) {
  v("id", s.id);
  v("name", s.name);
  v("os_type", s.os_type);
  v("read", s.read);
  v("cpu_stats", s.cpu_stats);
  v("memory_stats", s.memory_stats);
  v("pids_stats", s.pids_stats);
  v("blkio_stats", s.blkio_stats);
  v("num_procs", s.num_procs);
  v("storage_stats", s.storage_stats);
  v("preread", s.preread);
  v("precpu_stats", s.precpu_stats);
  v.omit_empty("networks", s.networks);
}

void shape_for(ApiVersion version, ContainerStats& stats);

}  // namespace mydock::api
