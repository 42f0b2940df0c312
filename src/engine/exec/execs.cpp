#include "engine/execs.h"

#include <algorithm>
#include <map>

#include "api/stream.h"
#include "base/error.h"
#include "base/id.h"
#include "engine/exec/exec.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

constexpr std::chrono::minutes kKeptAfterEnd{5};
constexpr int kKilled = 137;

bool is_old(Exec& exec) {
  Lock lock(exec.mutex);
  return exec.phase == ExecPhase::finished &&
         std::chrono::steady_clock::now() - exec.ended > kKeptAfterEnd;
}

bool is_finished(Exec& exec) {
  Lock lock(exec.mutex);
  return exec.phase == ExecPhase::finished;
}

}  // namespace

struct Execs::Table {
  Mutex mutex{Rank::store};
  std::map<std::string, std::shared_ptr<Exec>, std::less<>> by_id GUARDED_BY(mutex);
  std::map<std::string, std::vector<std::shared_ptr<Exec>>, std::less<>> by_container
      GUARDED_BY(mutex);

  std::vector<std::shared_ptr<Exec>> of(std::string_view container_id) {
    Lock lock(mutex);
    const auto found = by_container.find(container_id);
    return found == by_container.end() ? std::vector<std::shared_ptr<Exec>>() : found->second;
  }
  void add(const std::shared_ptr<Exec>& exec) {
    Lock lock(mutex);
    auto& list = by_container[exec->container->id()];
    // Old ones go when a new one comes: health checks and scripts make thousands.
    std::erase_if(list, [&](const std::shared_ptr<Exec>& other) REQUIRES(mutex) {
      if (!is_old(*other)) return false;
      by_id.erase(other->id);
      return true;
    });
    list.push_back(exec);
    by_id.emplace(exec->id, exec);
  }
};

Execs::Execs(Parts& parts) : parts_(parts), table_(std::make_unique<Table>()) {}
Execs::~Execs() = default;

std::shared_ptr<Exec> Execs::get(std::string_view id) const {
  Lock lock(table_->mutex);
  const auto found = table_->by_id.find(id);
  if (found == table_->by_id.end()) fail(Kind::not_found, "No such exec instance: {}", id);
  return found->second;
}

api::IdAnswer Execs::create(std::string_view container_ref, const api::ExecCreate& request) {
  auto container = parts_.table.get(container_ref);
  if (!request.cmd || request.cmd->empty()) fail(Kind::invalid, "No exec command specified");
  const RecordPtr record = container->record();
  require_running(*record, "exec");
  auto exec = std::make_shared<Exec>(new_id(), std::move(container), request);
  if (!request.detach_keys.empty()) exec->detach_keys = api::parse_detach_keys(request.detach_keys);
  add(exec);
  return {exec->id};
}

void Execs::add(const std::shared_ptr<Exec>& exec) {
  table_->add(exec);
  const RecordPtr record = exec->container->record();
  Attributes attributes = event_attributes(*record);
  attributes["execID"] = exec->id;
  parts_.events.publish("container", "exec_create: " + command_text(*exec), record->id(),
                        std::move(attributes), keep_of(*exec));
}

std::string Execs::create_internal(std::shared_ptr<Container> container,
                                   const api::ExecCreate& request, std::function<void(int)> ended) {
  require_running(*container->record(), "exec");
  auto exec = std::make_shared<Exec>(new_id(), std::move(container), request);
  exec->on_end = std::move(ended);
  add(exec);
  return exec->id;
}

void Execs::finished(const std::string& exec_id, int code) {
  std::shared_ptr<Exec> exec;
  {
    Lock lock(table_->mutex);
    const auto found = table_->by_id.find(exec_id);
    if (found == table_->by_id.end()) return;  // of an earlier daemon
    exec = found->second;
  }
  if (!exec->finish(code)) return;
  const RecordPtr record = exec->container->record();
  Attributes attributes = event_attributes(*record);
  attributes["execID"] = exec_id;
  attributes["exitCode"] = std::to_string(code);
  parts_.events.publish("container", "exec_die", record->id(), std::move(attributes),
                        keep_of(*exec));
}

void Execs::container_stopped(std::string_view container_id) {
  for (const auto& exec : table_->of(container_id)) {
    bool was_running = false;
    {
      Lock lock(exec->mutex);
      was_running = exec->phase == ExecPhase::running;
    }
    if (was_running) finished(exec->id, kKilled);
  }
}

void Execs::forget_container(std::string_view container_id) {
  Lock lock(table_->mutex);
  const auto found = table_->by_container.find(container_id);
  if (found == table_->by_container.end()) return;
  for (const auto& exec : found->second) table_->by_id.erase(exec->id);
  table_->by_container.erase(found);
}

std::vector<std::string> Execs::ids_of(std::string_view container_id) const {
  std::vector<std::string> ids;
  for (const auto& exec : table_->of(container_id)) {
    if (!is_finished(*exec)) ids.push_back(exec->id);
  }
  return ids;
}

api::ExecInspect Execs::inspect(std::string_view id) const {
  const std::shared_ptr<Exec> exec = get(id);
  const api::ExecCreate& config = exec->config;
  const api::Strings words = config.cmd.value_or(api::Strings{});
  api::ExecInspect view;
  view.id = exec->id;
  view.process.tty = config.tty;
  view.process.entrypoint = words.front();
  view.process.arguments.assign(words.begin() + 1, words.end());
  view.process.privileged = config.privileged;
  view.process.user = config.user;
  view.open_stdin = config.attach_stdin;
  view.open_stderr = config.attach_stderr;
  view.open_stdout = config.attach_stdout;
  view.container_id = exec->container->id();
  Lock lock(exec->mutex);
  view.running = exec->phase == ExecPhase::running;
  view.can_remove = exec->phase == ExecPhase::finished;
  if (exec->exit_code) view.exit_code = *exec->exit_code;
  view.pid = exec->pid;
  return view;
}

void Execs::resize(std::string_view id, std::uint32_t rows, std::uint32_t columns,
                   const std::stop_token& stop) {
  const std::shared_ptr<Exec> exec = get(id);
  constexpr std::chrono::seconds kPatience{10};
  const Deadline deadline = deadline_after(kPatience);
  {
    Lock lock(exec->mutex);
    while (exec->phase == ExecPhase::created || exec->phase == ExecPhase::starting) {
      if (!exec->changed.wait(exec->mutex, stop, deadline)) {
        fail(Kind::deadline, "timeout waiting for exec session ready");
      }
    }
    if (exec->phase == ExecPhase::finished) {
      fail(Kind::conflict, "exec command {} is not running", exec->id);
    }
  }
  const auto task = exec->container->task();
  if (!task) fail_not_running(*exec->container->record());
  task->resize(exec->id, rows, columns);
}

Execs::Start Execs::prepare_start(std::string_view id, const api::ExecStart& request) {
  auto exec = get(id);
  require_running(*exec->container->record(), "exec");
  {
    Lock lock(exec->mutex);
    if (exec->phase == ExecPhase::finished) {
      fail(Kind::conflict, "exec command {} has already run", exec->id);
    }
    if (exec->phase != ExecPhase::created) {
      fail(Kind::conflict, "exec command {} is already running", exec->id);
    }
    exec->phase = ExecPhase::starting;
  }
  return Start(parts_, std::move(exec), request);
}

}  // namespace mydock::engine
