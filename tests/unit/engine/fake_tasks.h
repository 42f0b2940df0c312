#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/task.h"

namespace mydock::engine {

// A container's process that does what the test says.
class FakeTask final : public runtime::Task {
 public:
  explicit FakeTask(runtime::TaskEvents events)
      : events_(std::move(events)), exited_(::eventfd(0, EFD_CLOEXEC)) {}

  pid_t pid() const override { return ::getpid(); }
  void start() override {
    if (start_error) throw Error(*start_error);
    started = true;
  }
  void signal(int number, bool) override {
    {
      const std::lock_guard lock(mutex);
      signals.push_back(number);
    }
    if (number == SIGKILL || dies_of.contains(number)) end(128 + number);
  }
  void pause() override { paused = true; }
  void resume() override { paused = false; }
  pid_t exec(std::string_view id, const runtime::Exec& exec, const runtime::Attach&,
             Fd stream) override {
    if (exec_error) throw Error(*exec_error);
    if (on_exec) {
      on_exec(std::string(id), std::move(stream));
      return 4242;
    }
    execs[std::string(id)] = exec;
    exec_stream = std::move(stream);
    return 4242;
  }
  void signal_exec(std::string_view id, int number) override {
    {
      const std::lock_guard lock(mutex);
      exec_signals.emplace_back(id, number);
    }
    if (number == SIGKILL) end_exec(std::string(id), 137);
  }
  void update(const oci::LinuxResources& resources) override { updated = resources; }
  void resize(std::string_view, std::uint32_t rows, std::uint32_t columns) override {
    size = {rows, columns};
  }
  void attach(std::string_view, const runtime::Attach& attach, Fd stream) override {
    const std::lock_guard lock(mutex);
    attaches.push_back(attach);
    streams.push_back(std::move(stream));
  }
  std::vector<pid_t> pids() const override { return {::getpid()}; }
  const Fd& exited() const override { return exited_; }

  // The process ends.
  void end(int code, bool oom_killed = false) {
    {
      const std::lock_guard lock(mutex);
      if (exit) return;
      exit = runtime::Exit{.code = code, .oom_killed = oom_killed, .at = now()};
    }
    const std::uint64_t one = 1;
    write_all(exited_, std::as_bytes(std::span(&one, 1)));
  }
  void end_exec(const std::string& id, int code) {
    std::function<void(const std::string&, int)> tell;
    {
      const std::lock_guard lock(mutex);
      tell = events_.on_exec_exit;
    }
    tell(id, code);
  }
  // Another daemon listens now.
  void adopt(runtime::TaskEvents events) {
    const std::lock_guard lock(mutex);
    events_ = std::move(events);
  }

  std::mutex mutex;
  std::optional<runtime::Exit> exit;
  std::optional<Error> start_error;
  std::optional<Error> exec_error;
  std::set<int> dies_of{SIGTERM};
  std::vector<int> signals;
  std::vector<std::pair<std::string, int>> exec_signals;
  std::vector<runtime::Attach> attaches;
  std::vector<Fd> streams;
  std::map<std::string, runtime::Exec> execs;
  Fd exec_stream;
  std::function<void(const std::string& id, Fd stream)> on_exec;  // instead of the two above
  std::optional<oci::LinuxResources> updated;
  std::pair<std::uint32_t, std::uint32_t> size{};
  bool started = false;
  bool paused = false;

 private:
  runtime::TaskEvents events_;
  Fd exited_;
};

// Shares the fake with the test, as the engine owns what create() returns.
class TaskHandle final : public runtime::Task {
 public:
  explicit TaskHandle(std::shared_ptr<FakeTask> task) : task_(std::move(task)) {}
  pid_t pid() const override { return task_->pid(); }
  void start() override { task_->start(); }
  void signal(int number, bool all) override { task_->signal(number, all); }
  void pause() override { task_->pause(); }
  void resume() override { task_->resume(); }
  pid_t exec(std::string_view id, const runtime::Exec& exec, const runtime::Attach& attach,
             Fd stream) override {
    return task_->exec(id, exec, attach, std::move(stream));
  }
  void signal_exec(std::string_view id, int number) override { task_->signal_exec(id, number); }
  void update(const oci::LinuxResources& resources) override { task_->update(resources); }
  void resize(std::string_view process, std::uint32_t rows, std::uint32_t columns) override {
    task_->resize(process, rows, columns);
  }
  void attach(std::string_view process, const runtime::Attach& attach, Fd stream) override {
    task_->attach(process, attach, std::move(stream));
  }
  std::vector<pid_t> pids() const override { return task_->pids(); }
  const Fd& exited() const override { return task_->exited(); }

 private:
  std::shared_ptr<FakeTask> task_;
};

class FakeTasks final : public runtime::Tasks {
 public:
  std::unique_ptr<runtime::Task> create(const fs::path& bundle, runtime::TaskEvents events,
                                        const std::stop_token&) override {
    if (create_error) throw Error(*create_error);
    auto task = std::make_shared<FakeTask>(std::move(events));
    task->start_error = start_error;
    if (prepare) prepare(*task);
    const std::lock_guard lock(mutex_);
    by_bundle_[bundle] = task;
    last_ = task;
    ++created;
    return std::make_unique<TaskHandle>(task);
  }
  std::unique_ptr<runtime::Task> reconnect(const fs::path& bundle,
                                           runtime::TaskEvents events) override {
    const std::lock_guard lock(mutex_);
    const auto found = by_bundle_.find(bundle);
    if (found == by_bundle_.end() || found->second->exit) return nullptr;
    found->second->adopt(std::move(events));
    return std::make_unique<TaskHandle>(found->second);
  }
  std::optional<runtime::Exit> exit_record(const fs::path& bundle) const override {
    const std::lock_guard lock(mutex_);
    const auto found = by_bundle_.find(bundle);
    return found == by_bundle_.end() ? std::nullopt : found->second->exit;
  }
  void clean(const fs::path&) override { ++cleaned; }

  std::shared_ptr<FakeTask> last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  std::optional<Error> create_error;
  std::optional<Error> start_error;
  std::function<void(FakeTask&)> prepare;
  int created = 0;
  int cleaned = 0;

 private:
  mutable std::mutex mutex_;
  std::map<fs::path, std::shared_ptr<FakeTask>> by_bundle_;
  std::shared_ptr<FakeTask> last_;
};

}  // namespace mydock::engine
