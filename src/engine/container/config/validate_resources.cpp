#include <algorithm>
#include <charconv>
#include <thread>

#include <sys/sysinfo.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/container/config/validate.h"
#include "runtime/cgroup.h"

namespace mydock::engine {

namespace {

std::string read_line(const fs::path& path, std::string fallback) {
  std::string text = find_file(path).value_or(std::move(fallback));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void validate_memory(api::Resources& r, const HostFacts& facts, api::Strings& warnings) {
  constexpr std::int64_t kLeast = std::int64_t{6} << 20;
  if (r.memory != 0 && r.memory < kLeast) {
    fail(Kind::invalid, "Minimum memory limit allowed is 6MB");
  }
  if (r.memory > 0 && r.memory_swap != -1 && !facts.swap_limit) {
    warnings.emplace_back(
        "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory "
        "limited without swap.");
    r.memory_swap = -1;
  }
  if (r.memory > 0 && r.memory_swap > 0 && r.memory_swap < r.memory) {
    fail(Kind::invalid, "Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (r.memory == 0 && r.memory_swap > 0) {
    fail(Kind::invalid,
         "You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (r.memory_swappiness && *r.memory_swappiness != -1) {
    if (*r.memory_swappiness < 0 || *r.memory_swappiness > 100) {
      fail(Kind::invalid, "Invalid value: {}, valid memory swappiness range is 0-100",
           *r.memory_swappiness);
    }
    if (facts.cgroup_v2) {
      warnings.emplace_back(
          "Your kernel does not support memory swappiness capabilities or the cgroup is not "
          "mounted. Memory swappiness discarded.");
      r.memory_swappiness.reset();
    }
  }
  if (r.memory_reservation != 0 && r.memory_reservation < kLeast) {
    fail(Kind::invalid, "Minimum memory reservation allowed is 6MB");
  }
  if (r.memory > 0 && r.memory_reservation > r.memory) {
    fail(Kind::invalid,
         "Minimum memory limit can not be less than memory reservation limit, see usage");
  }
}

void validate_oom(api::Resources& r, const HostFacts& facts, api::Strings& warnings) {
  if (!r.oom_kill_disable.value_or(false)) return;
  if (facts.cgroup_v2) {
    warnings.emplace_back("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
    r.oom_kill_disable.reset();
  } else if (r.memory == 0) {
    warnings.emplace_back(
        "OOM killer is disabled for the container, but no memory limit is set, this can result in "
        "the system running out of resources.");
  }
}

void validate_cpu(const api::Resources& r, const HostFacts& facts) {
  if (r.nano_cpus > 0 && r.cpu_period > 0) {
    fail(Kind::invalid, "Conflicting options: Nano CPUs and CPU Period cannot both be set");
  }
  if (r.nano_cpus > 0 && r.cpu_quota > 0) {
    fail(Kind::invalid, "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  }
  const std::int64_t most = std::int64_t{facts.cpus} * 1'000'000'000;
  if (r.nano_cpus < 0 || r.nano_cpus > most) {
    fail(Kind::invalid, "range of CPUs is from 0.01 to {}.00, as there are only {} CPUs available",
         facts.cpus, facts.cpus);
  }
  if (r.cpu_shares < 0) {
    fail(Kind::invalid, "invalid CPU shares ({}): value must be a positive integer", r.cpu_shares);
  }
  if (r.cpu_period != 0 && (r.cpu_period < 1000 || r.cpu_period > 1'000'000)) {
    fail(Kind::invalid,
         "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  }
  if (r.cpu_quota > 0 && r.cpu_quota < 1000) {
    fail(Kind::invalid, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
  }
}

void require_available(std::string_view wanted, std::string_view available, std::string_view what,
                       std::string_view field) {
  if (wanted.empty()) return;
  const std::vector<int> have = parse_cpu_list(available);
  std::vector<int> want;
  try {
    want = parse_cpu_list(wanted);
  } catch (const Error&) {  // the parser does not know whose list it is
    fail(Kind::invalid, "Invalid value {0} for {1}: invalid format: {0}", wanted, field);
  }
  if (!std::includes(have.begin(), have.end(), want.begin(), want.end())) {
    fail(Kind::invalid, "Requested {} are not available - requested {}, available: {}", what,
         wanted, available);
  }
}

void validate_blkio(api::Resources& r, const HostFacts& facts, api::Strings& warnings) {
  if (r.blkio_weight != 0 && !facts.blkio_weight) {
    warnings.emplace_back(
        "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight "
        "discarded.");
    r.blkio_weight = 0;
  }
  const auto check_weight = [](std::uint16_t weight) {
    if (weight != 0 && (weight < 10 || weight > 1000)) {
      fail(Kind::invalid, "Range of blkio weight is from 10 to 1000");
    }
  };
  check_weight(r.blkio_weight);
  if (r.blkio_weight_device) {
    for (const auto& device : *r.blkio_weight_device) check_weight(device.weight);
  }
}

}  // namespace

HostFacts HostFacts::read() {
  HostFacts facts;
  facts.cpus = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  facts.online_cpus = read_line("/sys/devices/system/cpu/online", "0");
  facts.online_memory = read_line("/sys/devices/system/node/online", "0");
  struct sysinfo info {};
  check(::sysinfo(&info), "read the size of the memory");
  facts.memory = static_cast<std::int64_t>(info.totalram) * info.mem_unit;
  const runtime::CgroupHost cgroups = runtime::CgroupHost::detect();
  facts.cgroup_v2 = cgroups.mode() == runtime::CgroupMode::unified;
  if (const auto* memory = cgroups.find("memory"); memory != nullptr && !memory->v2) {
    facts.swap_limit = fs::exists(memory->mountpoint / "memory.memsw.limit_in_bytes");
  }
  if (const auto* blkio = cgroups.find("blkio"); blkio != nullptr && !blkio->v2) {
    facts.blkio_weight = fs::exists(blkio->mountpoint / "blkio.weight");
  }
  return facts;
}

std::vector<int> parse_cpu_list(std::string_view text) {
  const auto number = [&](std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (!whole || value < 0 || value > 8191) fail(Kind::invalid, "invalid list \"{}\"", text);
    return value;
  };
  std::vector<int> list;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t dash = part.find('-');
    const int first = number(part.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (last < first) fail(Kind::invalid, "invalid list \"{}\"", text);
    for (int value = first; value <= last; ++value) list.push_back(value);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

namespace {

void validate_ulimits(const std::vector<api::Ulimit>& ulimits) {
  for (const api::Ulimit& limit : ulimits) {
    const bool over = limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard);
    if (over) {
      fail(Kind::invalid, "ulimit soft limit must be less than or equal to hard limit: {} > {}",
           limit.soft, limit.hard);
    }
  }
}

}  // namespace

void validate_resources(api::Resources& resources, const HostFacts& facts, api::Strings& warnings) {
  validate_memory(resources, facts, warnings);
  validate_oom(resources, facts, warnings);
  validate_cpu(resources, facts);
  require_available(resources.cpuset_cpus, facts.online_cpus, "CPUs", "cpuset cpus");
  require_available(resources.cpuset_mems, facts.online_memory, "memory nodes", "cpuset mems");
  validate_blkio(resources, facts, warnings);
  validate_ulimits(resources.ulimits.value_or(std::vector<api::Ulimit>{}));
  if (!resources.cgroup_parent.empty()) runtime::check_cgroup_path(resources.cgroup_parent);
}

}  // namespace mydock::engine
