#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "base/file.h"
#include "runtime/command/commands.h"
#include "runtime/shim/hooks.h"

namespace mydock::runtime::command {

namespace {

constexpr std::chrono::seconds kRemove{10};

const std::string& id_of(const Arguments& arguments) {
  if (arguments.rest.empty()) fail(Kind::invalid, "a container id is needed");
  return arguments.rest[0];
}

int signal_number(std::string name) {
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size() && number > 0 && number < NSIG) {
    return number;
  }
  for (char& c : name) c = static_cast<char>(::toupper(static_cast<unsigned char>(c)));
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (int candidate = 1; candidate < NSIG; ++candidate) {
    const char* known = ::sigabbrev_np(candidate);
    if (known != nullptr && name == known) return candidate;
  }
  fail(Kind::invalid, "unknown signal {}", json_quote(name));
}

std::int64_t number_of(const Arguments& arguments, std::string_view name) {
  const std::string text = arguments.value(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(Kind::invalid, "--{}: {} is not a number", name, json_quote(text));
  }
  return number;
}

template <class T>
void set_number(const Arguments& arguments, std::string_view name, std::optional<T>& target) {
  if (arguments.has(name)) target = static_cast<T>(number_of(arguments, name));
}

oci::LinuxResources resources_of(const Arguments& arguments) {
  const std::string file = arguments.value("resources");
  if (!file.empty()) {
    const std::string text =
        file == "-" ? read_to_end(Fd(::dup(0)), std::size_t{1} << 20) : read_file(file);
    return from_json<oci::LinuxResources>(text);
  }
  oci::LinuxResources resources;
  oci::MemoryResources& memory = resources.memory.emplace();
  set_number(arguments, "memory", memory.limit);
  set_number(arguments, "memory-swap", memory.swap);
  set_number(arguments, "memory-reservation", memory.reservation);
  oci::CpuResources& cpu = resources.cpu.emplace();
  set_number(arguments, "cpu-share", cpu.shares);
  set_number(arguments, "cpu-quota", cpu.quota);
  set_number(arguments, "cpu-period", cpu.period);
  cpu.cpus = arguments.value("cpuset-cpus");
  cpu.mems = arguments.value("cpuset-mems");
  if (arguments.has("pids-limit")) {
    resources.pids = oci::PidsResources{number_of(arguments, "pids-limit")};
  }
  if (arguments.has("blkio-weight")) {
    set_number(arguments, "blkio-weight", resources.block_io.emplace().weight);
  }
  return resources;
}

}  // namespace

int kill(const Store& store, const Arguments& arguments) {
  const Record record = store.get(id_of(arguments));
  const int number =
      signal_number(arguments.rest.size() > 1 ? arguments.rest[1] : std::string("TERM"));
  if (arguments.has("all")) {
    const Cgroup cgroup = open_cgroup(record);
    if (cgroup.exists()) cgroup.signal_all(number);
    return 0;
  }
  const Fd pidfd = open_init(record);
  check(::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0), "send signal {}",
        number);
  return 0;
}

void forget(const Store& store, const Record& record) {
  const Cgroup cgroup = open_cgroup(record);
  if (cgroup.exists()) {
    cgroup.signal_all(SIGKILL);
    cgroup.remove(deadline_after(kRemove));
  }
  store.remove(record.id);
  const auto text = find_file(record.config_path());
  if (!text) return;
  const oci::Spec spec = oci::parse_spec(*text);
  if (!spec.hooks) return;
  shim::run_hooks_and_go_on(spec.hooks->poststop, "poststop",
                            shim::hook_state(spec, record.id, record.bundle, "stopped", 0));
}

int remove(const Store& store, const Arguments& arguments) {
  const bool force = arguments.has("force");
  const std::string& id = id_of(arguments);
  if (force && !fs::exists(store.directory(id))) return 0;
  const Record record = store.get(id);
  const Status status = store.status(record);
  if (status != Status::stopped) {
    // runtime.md: only a stopped container is deleted; "created" is what runc allows besides.
    if (!force && status != Status::created) {
      fail(Kind::conflict, "container {} is {}: kill it first, or use --force", id,
           word_of(status));
    }
    const Fd pidfd = open_init(record);
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    const Cgroup cgroup = open_cgroup(record);
    if (cgroup.exists()) cgroup.signal_all(SIGKILL);
    wait_for(pidfd, POLLIN, {}, deadline_after(kRemove));
  }
  forget(store, record);
  return 0;
}

int pause(const Store& store, const Arguments& arguments) {
  const Record record = store.get(id_of(arguments));
  if (store.status(record) != Status::running) {
    fail(Kind::conflict, "container {} is not running", record.id);
  }
  open_cgroup(record).set_frozen(true);
  return 0;
}

int resume(const Store& store, const Arguments& arguments) {
  const Record record = store.get(id_of(arguments));
  if (store.status(record) != Status::paused) {
    fail(Kind::conflict, "container {} is not paused", record.id);
  }
  open_cgroup(record).set_frozen(false);
  return 0;
}

int update(const Store& store, const Arguments& arguments) {
  const Record record = store.get(id_of(arguments));
  open_init(record);
  open_cgroup(record).update(CgroupHost::detect(), resources_of(arguments));
  return 0;
}

}  // namespace mydock::runtime::command
