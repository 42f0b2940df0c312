#include <array>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "engine/container/query/ps_output.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

struct Output {
  int code;
  std::string out;
  std::string err;
};

fs::path find_ps() {
  for (const char* path : {"/usr/bin/ps", "/bin/ps"}) {
    if (fs::exists(path)) return path;
  }
  fail(Kind::system, "ps: no such program on the host");
}

Output run_ps(const api::Strings& args, const std::stop_token& stop) {
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();
  const Process ps = Process::spawn({.program = find_ps(),
                                     .args = args,
                                     .environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"},
                                     .fds = {{out_write.get(), 1}, {err_write.get(), 2}},
                                     .directory = {}});
  out_write.reset();
  err_write.reset();
  constexpr std::size_t kMost = std::size_t{16} << 20;
  Output output{.code = 0, .out = read_to_end(out_read, kMost), .err = {}};
  output.err = read_to_end(err_read, kMost);
  output.code = ps.wait(stop)->code;
  return output;
}

std::string pid_list(const std::vector<pid_t>& pids) {
  std::string text;
  for (const pid_t pid : pids) {
    if (!text.empty()) text += ',';
    text += std::to_string(pid);
  }
  return text;
}

}  // namespace

api::ContainerTop Containers::top(std::string_view ref, std::string_view ps_args) const {
  const std::shared_ptr<Container> container = get(ref);
  const RecordPtr record = container->record();
  const api::Strings args = split_ps_args(ps_args.empty() ? "-ef" : ps_args);
  const auto task = container->task();
  if (record->status.state == State::restarting) require_running(*record, "top");
  if (!task || !has_task(record->status.state)) fail_not_running(*record);
  const std::vector<pid_t> pids = task->pids();

  api::Strings with_pids = args;
  with_pids.push_back("-q");
  with_pids.push_back(pid_list(pids));
  Output output = run_ps(with_pids, parts_.stopping);
  // Some options do not go with -q.
  if (output.code != 0) output = run_ps(args, parts_.stopping);
  if (output.code != 0) {
    fail(Kind::system, "ps: {}", output.err.substr(0, output.err.find('\n')));
  }
  api::ContainerTop table = parse_ps(output.out, {pids.begin(), pids.end()});
  parts_.events.publish("container", "top", record->id(), event_attributes(*record));
  return table;
}

}  // namespace mydock::engine
