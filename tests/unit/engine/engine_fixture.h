#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "engine/container/lifecycle/exit.h"
#include "engine/container/lifecycle/restore.h"
#include "engine/container/spec/seccomp_programs.h"
#include "engine/container_io.h"
#include "engine/containers.h"
#include "engine/parts.h"
#include "tests/unit/engine/fake_tasks.h"

namespace mydock::engine {

class FakeKernel final : public network::Kernel {
 public:
  void ensure_bridge(const network::BridgeLink&) override {}
  void remove_link(const std::string&) override {}
  void connect(const Fd&, const network::ContainerLink&) override {}
  std::vector<network::Route> routes() override { return {}; }
  void enable_forwarding() override {}
  void load_rules(std::string_view) override {}
  void publish(const std::string&, const std::vector<network::Publication>&) override {}
  void unpublish(const std::vector<network::Publication>&) override {}
  void disconnect(const Fd&, const std::string&) override {}
  void set_default_routes(const Fd&, const network::DefaultRoutes&) override {}
  network::ResolverSockets open_resolver(const Fd&) override {
    fail(Kind::not_implemented, "a fake has no resolver");
  }
  bool has_link(const std::string&) override { return false; }
  bool supports(network::LinkKind) override { return false; }
  void enable_forwarding6() override {}
  bool wait_for_flush(const std::stop_token& stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    return never.wait(lock, stop, [] { return false; });
  }
};

// The engine's parts on a directory of the test's own, with containers that are fakes.
struct Bench {
  Bench(const fs::path& root, FakeTasks& fakes, FakeKernel& kernel)
      : paths{root / "data", root / "run"},
        database((make_directories(paths.data_root, 0755), paths.database())),
        jobs(2),
        images(paths.data_root, database, nullptr),
        networks(database, kernel, {}),
        volumes(database, paths.volumes()),
        events(nullptr),
        store(database),
        seccomp(paths.seccomp_programs(), "unconfined", "test"),
        execs(parts),
        parts{.options = options,
              .paths = paths,
              .host = host,
              .database = database,
              .images = images,
              .tasks = fakes,
              .networks = networks,
              .volumes = volumes,
              .reactor = reactor,
              .jobs = jobs,
              .events = events,
              .execs = execs,
              .table = table,
              .store = store,
              .seccomp = seccomp,
              .stopping = stopping.get_token()},
        containers(parts),
        io(parts) {
    host.runtimes = {"runc"};
    host.cpus = 4;
    host.online_cpus = "0-3";
    networks.start();
    make_directories(paths.bundles(), 0755);
    restore(parts);
  }
  ~Bench() {
    stopping.request_stop();
    for (const auto& container : table.all()) let_go(*container);
    jobs.close();
    for (const auto& container : table.all()) let_go(*container);
  }

  EngineOptions options;
  Paths paths;
  HostFacts host;
  std::stop_source stopping;
  state::Database database;
  Jobs jobs;
  Reactor reactor;
  image::Store images;
  network::Networks networks;
  volume::Volumes volumes;
  Events events;
  ContainerTable table;
  ContainerStore store;
  SeccompPrograms seccomp;
  Execs execs;
  Parts parts;
  Containers containers;
  ContainerIo io;
};

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() : root_(fs::temp_directory_path() / ("mydock-unit-" + random_hex(12))) {
    boot();
    add_image();
  }
  ~EngineTest() override {
    bench_.reset();
    remove_tree(root_);
  }
  // As if the daemon was killed and started again.
  void boot() {
    bench_.reset();
    bench_ = std::make_unique<Bench>(root_, tasks_, kernel_);
  }
  void add_image() {
    image::Lease lease(bench_->images.layers.pins());
    const auto image = bench_->images.images.add(
        lease, R"({"architecture":"amd64","os":"linux","config":{"Cmd":["sh"],"Env":["A=1"],)"
               R"("Labels":{"from":"image"}},"rootfs":{"type":"layers","diff_ids":[]}})");
    bench_->images.images.tag(image->id, oci::Reference::parse_familiar("test"));
  }
  static api::ContainerCreate request() {
    api::ContainerCreate create;
    create.config.image = "test";
    create.host_config.network_mode = "none";
    return create;
  }
  std::string create(const api::ContainerCreate& body = request(), std::string_view name = {}) {
    return bench_->containers.create(name, {}, body).id;
  }
  void start(const std::string& ref) { bench_->containers.start(ref, {}); }
  api::ContainerState state(const std::string& ref) {
    return bench_->containers.inspect(ref, false).state;
  }
  void wait_for_end(const std::string& ref) {
    bench_->containers.prepare_wait(ref, "not-running").wait({});
  }
  bool wait_until(const std::string& ref, State wanted) {
    return bench_->containers.get(ref)->wait(
        [&](const Record& record, const Live& live) {
          return record.status.state == wanted && !live.settling;
        },
        {}, deadline_after(std::chrono::seconds(10)));
  }
  std::vector<std::string> actions() {
    std::vector<std::string> list;
    auto all = bench_->events.subscribe(
        {.since = Time{} + std::chrono::seconds(1), .until = now(), .filters = {}});
    all.run([&](const api::Event& event) { list.push_back(event.type + " " + event.action); }, {});
    return list;
  }

  FakeTasks tasks_;
  FakeKernel kernel_;
  fs::path root_;
  std::unique_ptr<Bench> bench_;
};

}  // namespace mydock::engine
