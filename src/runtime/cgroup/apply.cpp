#include <cerrno>

#include "base/error.h"
#include "runtime/cgroup/group.h"
#include "runtime/cgroup/limits.h"

namespace mydock::runtime::cgroup {

namespace {

void write_all_values(const Cgroup::Group& group, const Values& values) {
  for (const auto& [file, value] : values) write_value(group, file, value);
}

// The period alone may be refused because of the quota that is still set: then it is tried last.
void write_cpu_v1(const Cgroup::Group& group, const oci::CpuResources& cpu) {
  Values again;
  for (const auto& [file, value] : cpu_values_v1(cpu)) {
    if (file == "cpu.cfs_period_us" && cpu.quota) {
      try {
        write_value(group, file, value);
      } catch (const Error& error) {
        if (error.error_number() != EINVAL) throw;
        again.emplace_back(file, value);
      }
    } else {
      write_value(group, file, value);
    }
  }
  write_all_values(group, again);
}

void write_cpuset(const Cgroup::Group& group, const oci::CpuResources& cpu) {
  if (!cpu.cpus.empty()) write_value(group, "cpuset.cpus", cpu.cpus);
  if (!cpu.mems.empty()) write_value(group, "cpuset.mems", cpu.mems);
}

void write_weights_v1(const Cgroup::Group& group, const oci::BlockIoResources& io) {
  const bool bfq = has_file(group, "blkio.bfq.weight");
  const std::string file = bfq ? "blkio.bfq.weight" : "blkio.weight";
  if (io.weight && *io.weight != 0) write_value(group, file, *io.weight);
  for (const auto& device : io.weight_device) {
    if (!device.weight) continue;
    write_value(group, file + "_device",
                std::to_string(device.major) + ":" + std::to_string(device.minor) + " " +
                    std::to_string(*device.weight));
  }
}

void write_weights_v2(const Cgroup::Group& group, const oci::BlockIoResources& io) {
  const bool bfq = has_file(group, "io.bfq.weight");
  const std::string file = bfq ? "io.bfq.weight" : "io.weight";
  const auto convert = [&](std::uint16_t weight) {
    return std::to_string(bfq ? weight : io_weight(weight));
  };
  if (io.weight && *io.weight != 0) write_value(group, file, convert(*io.weight));
  for (const auto& device : io.weight_device) {
    if (!device.weight) continue;
    write_value(group, file,
                std::to_string(device.major) + ":" + std::to_string(device.minor) + " " +
                    convert(*device.weight));
  }
}

void write_huge_pages(const Cgroup::Group& group, const oci::LinuxResources& resources,
                      const char* file) {
  for (const auto& page : resources.hugepage_limits) {
    if (page.page_size.find('/') != std::string::npos) fail(Kind::invalid, "invalid page size");
    write_value(group, "hugetlb." + page.page_size + file, std::to_string(page.limit));
  }
}

// Raw v2 files of the spec's "unified" map. Errors: invalid.
void write_unified(const Cgroup::Group& group, const oci::LinuxResources& resources) {
  for (const auto& [file, value] : resources.unified) {
    const bool plain = file.find('/') == std::string::npos && !file.starts_with("cgroup.") &&
                       file.find('.') != std::string::npos && !file.starts_with(".");
    if (!plain) fail(Kind::invalid, "unified resource {} is not allowed", json_quote(file));
    write_value(group, file, value);
  }
}

}  // namespace

void apply_v1(const Cgroup::Group& group, const oci::LinuxResources& resources) {
  if (resources.memory && group.serves("memory")) {
    write_all_values(group,
                     memory_values_v1(*resources.memory,
                                      find_number(group.directory, "memory.memsw.limit_in_bytes")));
  }
  if (resources.cpu && group.serves("cpu")) write_cpu_v1(group, *resources.cpu);
  if (resources.cpu && group.serves("cpuset")) write_cpuset(group, *resources.cpu);
  if (resources.pids && group.serves("pids")) {
    write_value(group, "pids.max", pids_value(resources.pids->limit));
  }
  if (resources.block_io && group.serves("blkio")) {
    write_weights_v1(group, *resources.block_io);
    write_all_values(group, throttle_values_v1(*resources.block_io));
  }
  if (group.serves("hugetlb")) write_huge_pages(group, resources, ".limit_in_bytes");
}

void apply_v2(const Cgroup::Group& group, const oci::LinuxResources& resources) {
  if (resources.memory && group.serves("memory")) {
    for (const auto& [file, value] : memory_values_v2(*resources.memory)) {
      // A kernel without swap accounting: there is nothing to limit.
      if (file == "memory.swap.max" && !has_file(group, file)) continue;
      write_value(group, file, value);
    }
  }
  if (resources.cpu && group.serves("cpu")) {
    write_all_values(
        group, cpu_values_v2(*resources.cpu, find_value(group.directory, "cpu.max").value_or("")));
  }
  if (resources.cpu && group.serves("cpuset")) write_cpuset(group, *resources.cpu);
  if (resources.pids && group.serves("pids")) {
    write_value(group, "pids.max", pids_value(resources.pids->limit));
  }
  if (resources.block_io && group.serves("io")) {
    write_weights_v2(group, *resources.block_io);
    write_all_values(group, throttle_values_v2(*resources.block_io));
  }
  if (group.serves("hugetlb")) write_huge_pages(group, resources, ".max");
  write_unified(group, resources);
}

}  // namespace mydock::runtime::cgroup
