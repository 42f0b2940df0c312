#include "engine/container/lifecycle/starting.h"

#include <poll.h>

#include <csignal>

#include "base/failpoint.h"
#include "base/file.h"
#include "base/log.h"
#include "base/stop.h"
#include "engine/container/lifecycle/exit.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/spec/etc_files.h"
#include "engine/health/health_check.h"

namespace mydock::engine {

namespace {

StartFailure network_failure(const Error& error) {
  return {Error(error.kind() == Kind::not_found ? Kind::not_found : Kind::system,
                "failed to set up container networking: " + error.message(), error.error_number()),
          128};
}

template <class F>
void translating(StartFailure (*translate)(const Error&), F&& step) {
  try {
    step();
  } catch (const Error& error) {
    throw translate(error);
  } catch (const std::exception& error) {
    throw translate(Error(Kind::system, error.what()));
  }
}

}  // namespace

Starting::Starting(Parts& parts, std::shared_ptr<Container> container, End end)
    : parts_(parts), container_(std::move(container)), record_(container_->record()), end_(end) {}

Starting::~Starting() {
  if (done_) return;
  give_up_task();
  try {
    if (bundle_made_) remove_tree(parts_.paths.bundle(record_->id()));
    if (reserved_) parts_.networks.disconnect(record_->id());
  } catch (const std::exception& error) {
    log::warn("container {}: left behind by a start that failed: {}", record_->id(), error.what());
  }
}

void Starting::run(const std::stop_token& stop) {
  // Which part failed decides the words.
  translating(network_failure, [&] { reserve_networks(); });
  failpoint("start.reserved");
  translating(plain_start_error, [&] { write_files(); });
  failpoint("start.files");
  translating(translate_start_error, [&] { create_task(stop); });
  failpoint("start.task");
  translating(network_failure, [&] { connect(); });
  failpoint("start.connected");
  translating(translate_start_error, [&] {
    hand_over_attaches();
    open_gate();
  });
}

void Starting::reserve_networks() {
  api::Endpoints endpoints = record_->status.endpoints;
  reserved_ = true;
  reserve_addresses(parts_, *record_, endpoints);
  record_ = container_->change(
      [&](Record& record, Live&) { record.status.endpoints = std::move(endpoints); });
}

void Starting::create_task(const std::stop_token& stop) {
  task_ = parts_.tasks.create(parts_.paths.bundle(record_->id()), task_events(parts_, container_),
                              stop);
  // Who attaches from now on is handed over directly.
  container_->look([&](const Record&, Live& live) { live.task = task_; });
}

void Starting::connect() {
  connect_networks(parts_, *record_, task_->pid());
  api::PortMap ports = publish_ports(parts_, *record_->definition);
  if (ports.empty()) return;
  record_ =
      container_->change([&](Record& record, Live&) { record.status.ports = std::move(ports); });
}

void Starting::hand_over_attaches() {
  const auto waiting =
      container_->look([](const Record&, Live& live) { return std::exchange(live.attaches, {}); });
  for (const auto& pending : waiting) {
    if (Fd socket = pending->take()) task_->attach("", pending->attach(), std::move(socket));
  }
}

void Starting::open_gate() {
  task_->start();
  failpoint("start.released");
  done_ = true;
  container_->change([&](Record& record, Live&) {
    Status& status = record.status;
    status.state = State::running;
    status.pid = task_->pid();
    status.exit_code = 0;
    status.oom_killed = false;
    status.health = first_health(record.config());
    status.started = now();
  });
  if (end_ == End::watched) watch_task(parts_, container_, task_);
}

void Starting::give_up_task() noexcept {
  if (!task_) return;
  try {
    container_->look([](const Record&, Live& live) { live.task.reset(); });
    constexpr std::chrono::seconds kPatience{10};
    if (!wait_for(task_->exited(), POLLIN, {}, deadline_after(std::chrono::milliseconds(0)))) {
      task_->signal(SIGKILL, false);
      wait_for(task_->exited(), POLLIN, {}, deadline_after(kPatience));
    }
    task_.reset();
    parts_.tasks.clean(parts_.paths.bundle(record_->id()));
  } catch (const std::exception& error) {
    log::warn("container {}: end a task that did not start: {}", record_->id(), error.what());
  }
}

}  // namespace mydock::engine
