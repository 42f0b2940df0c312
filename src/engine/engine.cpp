#include "engine/engine.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/container/lifecycle/exit.h"
#include "engine/container/lifecycle/restore.h"
#include "engine/container/lifecycle/stop.h"
#include "engine/everything.h"
#include "engine/io/log_drivers.h"

namespace mydock::engine {

namespace {

Fd lock_root(const Paths& paths) {
  make_directories(paths.data_root, 0710);
  Fd file = open_file(paths.lock(), O_RDWR | O_CREAT, 0600);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) fail_errno("lock {}", paths.lock().string());
  fail(Kind::conflict, "another daemon uses {}", paths.data_root.string());
}

HostFacts read_host(const EngineOptions& options) {
  HostFacts host = HostFacts::read();
  host.runtimes = {options.default_runtime, "runc", "io.containerd.runc.v2"};
  for (const auto& [name, runtime] : options.runtimes) host.runtimes.push_back(name);
  return host;
}

std::optional<network::Cidr> parse_optional_cidr(const std::string& text, std::string_view name) {
  if (text.empty()) return std::nullopt;
  auto cidr = network::parse_cidr(text);
  if (!cidr) fail(Kind::invalid, "invalid {}: {}", name, text);
  return cidr;
}

network::Options network_options(const NetworkOptions& given) {
  network::Options options;
  options.bridge_name = given.default_bridge ? given.bridge_name : "none";
  options.bip = parse_optional_cidr(given.bip, "bip");
  options.fixed_cidr = parse_optional_cidr(given.fixed_cidr, "fixed-cidr");
  options.firewall = given.firewall;
  options.ip_forward = given.ip_forward;
  options.ip_masq = given.ip_masq;
  options.icc = given.icc;
  options.mtu = given.mtu;
  options.ipv6 = given.ipv6;
  options.bridge6 = parse_optional_cidr(given.fixed_cidr_v6, "fixed-cidr-v6");
  if (options.bridge6 && !options.bridge6->address.v6) {
    fail(Kind::invalid, "invalid fixed-cidr-v6: {}", given.fixed_cidr_v6);
  }
  options.publish_address = given.publish_ip.empty() ? "0.0.0.0" : given.publish_ip;
  options.pool_seed = find_file("/etc/machine-id").value_or(options.pool_seed);
  for (const std::string& text : given.address_pools) {
    options.default_pools.push_back(network::parse_pool(text));
  }
  return options;
}

std::size_t job_threads() { return std::max<std::size_t>(4, std::thread::hardware_concurrency()); }

}  // namespace

Engine::Everything::Everything(EngineOptions given)
    : options(std::move(given)),
      paths{options.data_root, options.exec_root},
      root_lock(lock_root(paths)),
      host(read_host(options)),
      database(paths.database()),
      jobs(job_threads()),
      image_store(paths.data_root, database, &jobs),
      kernel(network::make_kernel()),
      network_store(database, *kernel, network_options(options.network)),
      volume_store(database, paths.volumes()),
      tasks(options.tasks ? options.tasks : runtime::make_shim_tasks(options.shim_program)),
      events(&database, [this] { write_journal_soon(); }),
      store(database),
      seccomp(paths.seccomp_programs(), options.seccomp_profile,
              options.version + "-" + options.git_commit),
      execs(parts),
      parts{.options = options,
            .paths = paths,
            .host = host,
            .database = database,
            .images = image_store,
            .tasks = *tasks,
            .networks = network_store,
            .volumes = volume_store,
            .reactor = reactor,
            .jobs = jobs,
            .events = events,
            .execs = execs,
            .table = table,
            .store = store,
            .seccomp = seccomp,
            .stopping = stopping.get_token()},
      containers(parts),
      io(parts),
      images(parts),
      registries(parts),
      builds(parts, registries),
      networks(parts),
      volumes(parts),
      system(parts),
      stats(parts),
      files(parts) {}

Engine::Everything::~Everything() {
  stopping.request_stop();
  let_go_of_all();
  jobs.close();  // runs what is queued, which may have started something
  let_go_of_all();
  events.flush();
}

void Engine::Everything::write_journal_soon() {
  constexpr std::chrono::seconds kDelay{1};
  Reactor::Watch timer = reactor.after(kDelay, [this] {
    if (stopping.stop_requested()) return;
    jobs.run("event journal", [this] { events.flush(); });
  });
  const std::lock_guard lock(journal_mutex);
  std::swap(journal_timer, timer);
}

void Engine::Everything::let_go_of_all() {
  for (const auto& container : table.all()) let_go(*container);
  Reactor::Watch timer;
  const std::lock_guard lock(journal_mutex);
  std::swap(journal_timer, timer);
}

Engine::Engine(EngineOptions options) : all_(std::make_unique<Everything>(std::move(options))) {
  in_context("failed to set log opts", [&] {
    validate_log({all_->options.log_driver,
                  {all_->options.log_options.begin(), all_->options.log_options.end()}});
  });
  make_directories(all_->paths.bundles(), 0711);
  all_->network_store.start();
  restore(all_->parts);
}

Engine::~Engine() = default;

Containers& Engine::containers() { return all_->containers; }
ContainerIo& Engine::io() { return all_->io; }
Execs& Engine::execs() { return all_->execs; }
Builds& Engine::builds() { return all_->builds; }
Images& Engine::images() { return all_->images; }
Registries& Engine::registries() { return all_->registries; }
Networks& Engine::networks() { return all_->networks; }
Volumes& Engine::volumes() { return all_->volumes; }
Events& Engine::events() { return all_->events; }
Stats& Engine::stats() { return all_->stats; }
ContainerFiles& Engine::files() { return all_->files; }
System& Engine::system() { return all_->system; }
Reactor& Engine::reactor() { return all_->reactor; }
const EngineOptions& Engine::options() const { return all_->options; }
std::stop_token Engine::stopping() const { return all_->stopping.get_token(); }

namespace {

// As `docker stop`, but not by hand: at the next start the policies decide. Without AutoRemove too:
// what is left is removed then.
void stop_for_shutdown(Parts& parts, const std::shared_ptr<Container>& container) {
  StopOptions stop;
  const RecordPtr record = container->record();
  if (!record->config().stop_timeout) stop.timeout = parts.options.shutdown_timeout;
  try {
    stop_container(parts, container, stop, false, {});
  } catch (const Error& error) {  // the others must be stopped too
    log::warn("container {}: stop: {}", container->id(), error.what());
  }
}

}  // namespace

void Engine::shut_down() {
  if (!all_->options.live_restore) {
    std::vector<std::jthread> threads;  // each waits for its container alone
    for (const auto& container : all_->table.all()) {
      if (!is_running(container->record()->status.state)) continue;
      threads.emplace_back([this, container] { stop_for_shutdown(all_->parts, container); });
    }
  }
  all_->stopping.request_stop();
}

}  // namespace mydock::engine
