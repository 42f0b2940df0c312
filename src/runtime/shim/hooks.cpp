#include "runtime/shim/hooks.h"

#include <unistd.h>

#include "base/error.h"
#include "base/process.h"

namespace mydock::runtime::shim {

namespace {

struct State {
  std::string oci_version;
  std::string id;
  std::string status;
  int pid = 0;
  std::string bundle;
  std::map<std::string, std::string> annotations;
};
template <class V>
void fields(V& v, Of<State> auto& s) {
  v("ociVersion", s.oci_version);
  v("id", s.id);
  v("status", s.status);
  v.omit_empty("pid", s.pid);
  v("bundle", s.bundle);
  v.omit_empty("annotations", s.annotations);
}

void run_hook(const oci::Hook& hook, const std::string& state) {
  auto [read_end, write_end] = make_pipe();
  SpawnSpec spec{.program = hook.path,
                 .name = hook.args.empty() ? std::string() : hook.args[0],
                 .args = {},
                 .environment = hook.env,
                 .fds = {{read_end.get(), 0}, {STDERR_FILENO, 2}},
                 .directory = {}};
  // As runc and crun: a hook that names no environment has ours.
  for (char** each = environ; hook.env.empty() && *each != nullptr; ++each) {
    spec.environment.emplace_back(*each);
  }
  if (hook.args.size() > 1) spec.args.assign(hook.args.begin() + 1, hook.args.end());
  const Process process = Process::spawn(spec);
  read_end.reset();
  // The state is far smaller than a pipe holds; a hook that does not read it gives EPIPE.
  if (::write(write_end.get(), state.data(), state.size()) < 0 && errno != EPIPE) {
    fail_errno("write to the hook's input");
  }
  write_end.reset();
  const Deadline deadline =
      hook.timeout ? deadline_after(std::chrono::seconds(*hook.timeout)) : Deadline();
  auto status = process.wait({}, deadline);
  if (!status) {
    process.signal(9);
    status = process.wait({});
    fail(Kind::deadline, "it took longer than {} seconds", hook.timeout.value_or(0));
  }
  if (status->code != 0) fail(Kind::system, "it ended with status {}", status->code);
}

}  // namespace

std::string hook_state(const oci::Spec& spec, std::string_view id, const fs::path& bundle,
                       std::string_view status, int pid) {
  return to_json(State{.oci_version = spec.oci_version,
                       .id = std::string(id),
                       .status = std::string(status),
                       .pid = pid,
                       .bundle = bundle.native(),
                       .annotations = spec.annotations});
}

void run_hooks(const std::vector<oci::Hook>& hooks, std::string_view name,
               const std::string& state) {
  for (const auto& hook : hooks) {
    in_context(fmt::format("run {} hook {}", name, hook.path), [&] { run_hook(hook, state); });
  }
}

std::function<void(std::string_view name)> hooks_of_init(const oci::Spec& spec, std::string id,
                                                         fs::path bundle) {
  if (!spec.hooks) return {};
  if (spec.hooks->create_container.empty() && spec.hooks->start_container.empty()) return {};
  return [&spec, id = std::move(id), bundle = std::move(bundle)](std::string_view name) {
    const bool start = name == "startContainer";
    const std::string state =
        hook_state(spec, id, bundle, start ? "created" : "creating", ::getpid());
    run_hooks(start ? spec.hooks->start_container : spec.hooks->create_container, name, state);
  };
}

void run_hooks_and_go_on(const std::vector<oci::Hook>& hooks, std::string_view name,
                         const std::string& state) noexcept {
  for (const auto& hook : hooks) {
    try {
      run_hook(hook, state);
    } catch (const std::exception& error) {
      report(fmt::format("{} hook {}: {}", name, hook.path, error.what()));
    }
  }
}

void report(std::string_view message) noexcept {
  const std::string line = std::string(message) + "\n";
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody left to tell
}

}  // namespace mydock::runtime::shim
