#include <unistd.h>

#include "base/file.h"
#include "runtime/command/commands.h"

namespace mydock::runtime::command {

namespace {

// runtime.md, "State", and what runc adds.
struct Shown {
  std::string oci_version;
  std::string id;
  std::string status;
  int pid = 0;
  std::string bundle;
  std::string rootfs;
  Time created{};
  std::map<std::string, std::string> annotations;
};
template <class V>
void fields(V& v, Of<Shown> auto& s) {
  v("ociVersion", s.oci_version);
  v("id", s.id);
  v("pid", s.pid);
  v("status", s.status);
  v("bundle", s.bundle);
  v("rootfs", s.rootfs);
  v("created", s.created);
  v.omit_empty("annotations", s.annotations);
}

Shown show(const Store& store, const Record& record) {
  const Status status = store.status(record);
  Shown shown{.oci_version = "1.1.0",
              .id = record.id,
              .status = std::string(word_of(status)),
              .pid = status == Status::stopped ? 0 : record.pid,
              .bundle = record.bundle,
              .rootfs = {},
              .created = record.created,
              .annotations = {}};
  if (const auto text = find_file(record.config_path())) {
    oci::Spec spec = oci::parse_spec(*text);
    shown.rootfs = (fs::path(record.bundle) / spec.root.path).lexically_normal().native();
    shown.annotations = std::move(spec.annotations);
  }
  return shown;
}

}  // namespace

void print(const std::string& text) { write_all(Fd(::dup(STDOUT_FILENO)), text); }

int state(const Store& store, const Arguments& arguments) {
  if (arguments.rest.empty()) fail(Kind::invalid, "a container id is needed");
  print(to_json(show(store, store.get(arguments.rest[0]))) + "\n");
  return 0;
}

int list(const Store& store, const Arguments& arguments) {
  std::vector<Shown> all;
  for (const auto& record : store.list()) all.push_back(show(store, record));
  if (arguments.value("format") == "json") {
    print(to_json(all) + "\n");
    return 0;
  }
  const bool quiet = arguments.has("quiet");
  std::string text =
      quiet ? "" : fmt::format("{:<20} {:<8} {:<9} {}\n", "ID", "PID", "STATUS", "BUNDLE");
  for (const auto& one : all) {
    text += quiet ? one.id + "\n"
                  : fmt::format("{:<20} {:<8} {:<9} {}\n", one.id, one.pid, one.status, one.bundle);
  }
  print(text);
  return 0;
}

int ps(const Store& store, const Arguments& arguments) {
  if (arguments.rest.empty()) fail(Kind::invalid, "a container id is needed");
  const auto pids = open_cgroup(store.get(arguments.rest[0])).pids();
  if (arguments.value("format") == "json") {
    print(to_json(pids) + "\n");
    return 0;
  }
  std::string text = "PID      COMMAND\n";
  for (const pid_t pid : pids) {
    auto name = find_file(fs::path("/proc") / std::to_string(pid) / "comm").value_or("?\n");
    text += fmt::format("{:<8} {}", pid, name);
  }
  print(text);
  return 0;
}

int features(const Store& /*store*/, const Arguments& /*arguments*/) {
  print(
      R"({"ociVersionMin":"1.0.0","ociVersionMax":"1.1.0",)"
      R"("hooks":["prestart","createRuntime","createContainer","startContainer","poststart",)"
      R"("poststop"],"linux":{"namespaces":["cgroup","ipc","mount","network","pid","time","user",)"
      R"("uts"],"cgroup":{"v1":true,"v2":true,"systemd":false},"seccomp":{"enabled":true},)"
      R"("apparmor":{"enabled":true},"selinux":{"enabled":false},)"
      R"("mountExtensions":{"idmap":{"enabled":true}}}})"
      "\n");
  return 0;
}

}  // namespace mydock::runtime::command
