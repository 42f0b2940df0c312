#include "engine/container/lifecycle/start.h"
#include "api/stream.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "engine/container/config/environment.h"
#include "engine/container/spec/links.h"
#include "engine/container/spec/spec_builder.h"
#include "engine/exec/exec.h"
#include "engine/execs.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

runtime::Exec make_process(const Parts& parts, const Exec& exec, const api::ExecStart& request) {
  const RecordPtr record = exec.container->record();
  const api::ContainerConfig& container = record->config();
  api::HostConfig host = record->host_config();
  host.privileged = host.privileged || exec.config.privileged;
  runtime::Exec result;
  oci::Process& process = result.process;
  process.terminal = exec.config.tty;
  const auto& size = request.console_size ? request.console_size : exec.config.console_size;
  if (exec.config.tty && size) process.console_size = oci::ConsoleSize{(*size)[0], (*size)[1]};
  process.args = exec.config.cmd.value_or(api::Strings{});
  process.env = override_env(process_env(container.env.value_or(api::Strings{}), container.hostname,
                                         exec.config.tty, exec_link_environment(parts, *record)),
                             exec.config.env.value_or(api::Strings{}));
  process.cwd = exec.config.working_dir.empty() ? container.working_dir : exec.config.working_dir;
  if (process.cwd.empty()) process.cwd = "/";
  process.capabilities = capability_sets(container_capabilities(host));
  process.rlimits = build_rlimits(parts.options.ulimits, host);
  process.no_new_privileges = wants_no_new_privileges(host, parts.options.no_new_privileges);
  process.oom_score_adj = static_cast<int>(host.oom_score_adj);
  result.user = exec.config.user.empty() ? container.user : exec.config.user;
  if (result.user.empty()) result.user = "0";
  return result;
}

void publish(Parts& parts, const Exec& exec, const std::string& action) {
  const RecordPtr record = exec.container->record();
  Attributes attributes = event_attributes(*record);
  attributes["execID"] = exec.id;
  parts.events.publish("container", action, record->id(), std::move(attributes), keep_of(exec));
}

// It may have ended before its start has returned; then that stays.
void set_running(Exec& exec, pid_t pid) {
  {
    Lock lock(exec.mutex);
    exec.pid = pid;
    if (exec.phase == ExecPhase::starting) exec.phase = ExecPhase::running;
  }
  exec.changed.notify_all();
}

// Throws StartFailure.
void start_process(Parts& parts, Exec& exec, const api::ExecStart& request,
                   const runtime::Attach& attach, Fd stream) {
  try {
    const auto task = exec.container->task();
    if (!task) fail_not_running(*exec.container->record());
    publish(parts, exec, "exec_start: " + command_text(exec));
    set_running(exec,
                task->exec(exec.id, make_process(parts, exec, request), attach, std::move(stream)));
    failpoint("exec.started");
  } catch (const Error& error) {
    throw translate_exec_error(error);
  } catch (const std::exception& error) {
    throw translate_exec_error(Error(Kind::system, error.what()));
  }
}

}  // namespace

Execs::Start::Start(Parts& parts, std::shared_ptr<Exec> exec, const api::ExecStart& request)
    : parts_(&parts), exec_(std::move(exec)), request_(request) {}
Execs::Start::Start(Start&&) noexcept = default;

Execs::Start::~Start() {
  if (!exec_) return;
  Lock lock(exec_->mutex);
  if (exec_->phase == ExecPhase::starting) exec_->phase = ExecPhase::created;
}

bool Execs::Start::terminal() const { return request_.tty; }

void Execs::Start::run(Fd socket, std::string pending_input) {
  const api::ExecCreate& config = exec_->config;
  const runtime::Attach attach{.stdin_open = config.attach_stdin,
                               .stdout_open = config.attach_stdout,
                               .stderr_open = config.attach_stderr,
                               .detach_keys = exec_->detach_keys,
                               .pending_input = std::move(pending_input)};
  const Fd for_errors = socket.duplicate();
  try {
    start_process(*parts_, *exec_, request_, attach, std::move(socket));
  } catch (const StartFailure& failure) {
    parts_->execs.finished(exec_->id, failure.exit_code);
    const std::string text = failure.error.message() + "\r\n";
    try {
      write_all(for_errors, terminal() ? text : api::encode_frame(api::StdStream::out, text));
    } catch (const Error& error) {  // the client has gone, nobody is left to be told
      log::debug("exec {}: {}", exec_->id, error.message());
    }
  }
}

void Execs::run_internal(const std::string& id, Fd stream) {
  const std::shared_ptr<Exec> exec = get(id);
  {
    Lock lock(exec->mutex);
    exec->phase = ExecPhase::starting;
  }
  try {
    start_process(parts_, *exec, {}, {.stdout_open = true, .stderr_open = true}, std::move(stream));
  } catch (const StartFailure& failure) {
    finished(id, failure.exit_code);
    throw failure.error;
  }
}

void Execs::Start::run_detached() {
  try {
    start_process(*parts_, *exec_, request_, {}, Fd());
  } catch (const StartFailure& failure) {
    parts_->execs.finished(exec_->id, failure.exit_code);
    throw failure.error;
  }
}

}  // namespace mydock::engine
