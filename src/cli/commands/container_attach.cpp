#include <chrono>
#include <thread>

#include "cli/attach/attached.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"detach-keys", 0, FlagType::text, "Override the key sequence for detaching a container"},
    {"no-stdin", 0, FlagType::boolean, "Do not attach STDIN"},
    {"sig-proxy", 0, FlagType::boolean, "Proxy all received signals to the process (default true)"},
};

void require_running(const api::ContainerInspect& container) {
  if (!container.state.running) {
    fail(Kind::invalid, "You cannot attach to a stopped container, start it first");
  }
  if (container.state.paused) {
    fail(Kind::invalid, "You cannot attach to a paused container, unpause it first");
  }
  if (container.state.restarting) {
    fail(Kind::invalid, "You cannot attach to a restarting container, wait until it is running");
  }
}

// The output also ends when somebody detaches us; then the container goes on. At its own end the
// daemon needs a moment to notice.
bool stays_running(client::ContainerCalls& containers, const std::string& id) {
  constexpr std::chrono::milliseconds kPause{50};
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    try {
      if (!containers.inspect(id).state.running) return false;
    } catch (const Error& error) {
      if (error.kind() == Kind::not_found) return false;
      throw;
    }
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

int run(Invocation& call) {
  auto& containers = call.api().containers();
  const auto container = from_daemon([&] { return containers.inspect(call.args[0]); });
  require_running(container);
  const bool tty = container.config.tty;
  const bool send = !call.flags.boolean("no-stdin") && container.config.open_stdin;
  require_terminal(call.console, tty, send);
  const std::string keys = call.flags.text("detach-keys");
  const std::string& id = container.id;
  TerminalSession::Kill kill;
  if (call.flags.boolean("sig-proxy", true) && !tty) {
    kill = [&](const std::string& signal) { containers.kill(id, signal); };
  }
  TerminalSession session(
      tty, send, [&](WindowSize size) { containers.resize(id, size.rows, size.columns); }, kill);
  client::AttachQuery query{
      .stdin_open = send, .stdout_open = true, .stderr_open = true, .detach_keys = keys};
  client::Waiting waiting = from_daemon([&] { return containers.wait(id, "next-exit"); });
  client::HijackedStream stream = from_daemon([&] { return containers.attach(id, query); });
  session.send_changed_size();
  if (session.run(std::move(stream), detach_bytes(keys), call.console) == PumpEnd::detached) {
    throw ExitError(1, "read escape sequence");
  }
  if (from_daemon([&] { return stays_running(containers, id); })) return 0;
  const api::ContainerWait result = waiting.finish();
  if (result.error) fail(Kind::system, "{}", result.error->message);
  return static_cast<int>(result.status_code);
}

}  // namespace

extern const Command kContainerAttach;
constinit const Command kContainerAttach{
    .name = "attach",
    .forms = "container attach, attach",
    .arguments = "[OPTIONS] CONTAINER",
    .summary = "Attach local standard input, output, and error streams to a running container",
    .flags = kFlags,
    .least = 1,
    .most = 1,
    .run = run};

}  // namespace mydock::cli
