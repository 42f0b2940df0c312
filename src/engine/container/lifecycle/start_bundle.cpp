#include <fcntl.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/file.h"
#include "base/process.h"
#include "engine/cdi/cdi.h"
#include "engine/container/lifecycle/starting.h"
#include "engine/container/spec/etc_files.h"
#include "engine/container/spec/links.h"
#include "engine/container/spec/seccomp_programs.h"
#include "engine/container/spec/spec_builder.h"
#include "engine/io/log_setup.h"
#include "runtime/seccomp.h"

namespace mydock::engine {

namespace {

// Many programs look for it to know that they are in a container.
void mark_as_container(const fs::path& upper) {
  const int fd = ::open((upper / ".dockerenv").c_str(),
                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
  Fd file(fd);
  if (!file && errno != EEXIST) fail_errno("create {}/.dockerenv", upper.string());
  if (file) check(::fchmod(file.get(), 0755), "chmod {}/.dockerenv", upper.string());
}

// What mounts of type image and container show.
std::map<std::string, std::vector<std::string>> viewed_layers(const Parts& parts,
                                                              const Definition& definition) {
  std::map<std::string, std::vector<std::string>> layers;
  for (const ContainerMount& m : definition.mounts) {
    if (m.type == "image") {
      const auto image = parts.images.images.resolve(m.source);
      if (image->chain) layers[m.source] = parts.images.snapshots.layers(*image->chain);
    } else if (m.type == "container") {
      const auto overlay = parts.images.snapshots.mounts(parts.table.get(m.source)->id());
      layers[m.source] = overlay.lower;
      layers[m.source].insert(layers[m.source].begin(), overlay.upper);
    }
  }
  return layers;
}

std::string cgroup_path(const Parts& parts, const Record& record) {
  std::string parent = record.host_config().resources.cgroup_parent;
  if (parent.empty()) parent = parts.options.cgroup_parent;
  if (parent.empty()) parent = "/mydock";
  if (parent.front() != '/') parent.insert(0, "/");
  while (parent.size() > 1 && parent.back() == '/') parent.pop_back();
  return (parent == "/" ? std::string() : parent) + "/" + record.id();
}

// No value: our own. daemon.json may name others now than when the container was made.
std::optional<runtime::TaskOptions::Runtime> other_runtime(const Parts& parts,
                                                           const std::string& name) {
  const auto found = parts.options.runtimes.find(name);
  if (found != parts.options.runtimes.end()) {
    return runtime::TaskOptions::Runtime{.path = found->second.path,
                                         .arguments = found->second.arguments,
                                         .root = parts.paths.runtime_state(name)};
  }
  constexpr std::array<std::string_view, 4> kOwn = {"", "runc", "mydock", "io.containerd.runc.v2"};
  if (std::find(kOwn.begin(), kOwn.end(), name) == kOwn.end()) {
    fail(Kind::invalid, "unknown or invalid runtime name: {}", name);
  }
  return std::nullopt;
}

// Whoever mounts something of their own on /dev/shm has none to share.
bool shares_ipc(const Record& record) {
  const std::string& mode = record.host_config().ipc_mode;
  const auto& mounts = record.definition->mounts;
  const bool own_memory = std::any_of(
      mounts.begin(), mounts.end(), [](const ContainerMount& m) { return m.target == "/dev/shm"; });
  return (mode == "shareable" && !own_memory) || mode == "host" || !joined_container(mode).empty();
}

}  // namespace

std::string Starting::joined_namespace(std::string_view mode, std::string_view kind) const {
  const std::string_view id = joined_container(mode);
  if (id.empty()) return {};
  const RecordPtr other = parts_.table.get(id)->record();
  if (!has_task(other->status.state)) {
    if (kind == "net") {
      fail(Kind::conflict,
           "cannot join network namespace of a non running container: container {} is {}",
           other->name, shown_state(*other));
    }
    fail(Kind::conflict, "cannot join {} of a non running container: {}",
         kind == "pid" ? "PID" : "IPC", other->id());
  }
  if (kind == "ipc" && !shares_ipc(*other)) {
    fail(Kind::invalid,
         "cannot join IPC of container {}: non-shareable IPC (hint: use IpcMode:shareable for the "
         "donor container)",
         other->id());
  }
  return fmt::format("/proc/{}/ns/{}", other->status.pid, kind);
}

std::optional<runtime::TaskOptions::Donor> Starting::ipc_donor() const {
  const std::string_view id = joined_container(record_->host_config().ipc_mode);
  if (id.empty()) return std::nullopt;
  const auto pid = static_cast<pid_t>(parts_.table.get(id)->record()->status.pid);
  const auto start_time = process_start_time(pid);
  if (!start_time) fail(Kind::conflict, "cannot join IPC of a non running container: {}", id);
  return runtime::TaskOptions::Donor{.pid = pid, .start_time = *start_time};
}

oci::Spec Starting::make_spec() const {
  const api::HostConfig& host = record_->host_config();
  const SpecInput input{.definition = *record_->definition,
                        .hostname = record_->config().hostname,
                        .etc = etc_directory(parts_, *record_),
                        .root = "rootfs",
                        .cgroup_path = cgroup_path(parts_, *record_),
                        .network_namespace = joined_namespace(host.network_mode, "net"),
                        .pid_namespace = joined_namespace(host.pid_mode, "pid"),
                        .ipc_namespace = joined_namespace(host.ipc_mode, "ipc"),
                        .link_environment = link_environment(parts_, *record_),
                        .layers = viewed_layers(parts_, *record_->definition),
                        .devices = container_devices(host),
                        .ulimits = parts_.options.ulimits,
                        .no_new_privileges = parts_.options.no_new_privileges,
                        .recursive_read_only = true};
  return build_spec(input);
}

runtime::TaskOptions Starting::make_options(const image::OverlayMount& mount) const {
  const api::ContainerConfig& config = record_->config();
  const api::HostConfig& host = record_->host_config();
  runtime::TaskOptions options;
  options.overlay =
      runtime::TaskOptions::Overlay{.lower = mount.lower, .upper = mount.upper, .work = mount.work};
  options.open_stdin = config.open_stdin;
  options.stdin_once = config.stdin_once;
  options.log = log_setup(parts_.paths, *record_);
  if (options.log.file) {
    make_directories(fs::path(options.log.file->path).parent_path(), 0710);
  }
  options.shared_memory = ipc_donor();
  options.user = config.user.empty() ? "0" : config.user;
  options.groups = host.group_add.value_or(api::Strings{});
  options.runtime = other_runtime(parts_, host.runtime);
  options.init_reaper = host.init.value_or(parts_.options.init);
  options.durable_exit = false;  // it lies on a tmpfs
  options.console_rows = host.console_size[0];
  options.console_columns = host.console_size[1];
  return options;
}

void Starting::write_files() {
  make_directories(parts_.paths.container(record_->id()), 0710);
  write_etc_files(parts_, *record_);
  oci::Spec spec = make_spec();
  apply_device_requests(spec, record_->host_config().resources, parts_.options.cdi_directories);
  const image::OverlayMount mount = parts_.images.snapshots.mounts(record_->id());
  mark_as_container(mount.upper);
  runtime::TaskOptions options = make_options(mount);
  SeccompPrograms::Filter filter = parts_.seccomp.filter_for(record_->host_config());
  if (filter.profile) options.seccomp_flags = runtime::seccomp_filter_flags(*filter.profile);
  spec.linux.seccomp = std::move(filter.profile);
  options.seccomp_program = std::move(filter.program);
  if (mount.lower.empty()) {  // an image without layers: there is nothing to overlay
    options.overlay.reset();
    spec.root.path = mount.upper;
  }
  const fs::path bundle = parts_.paths.bundle(record_->id());
  bundle_made_ = true;
  runtime::write_bundle(bundle, spec, options);
  make_directories(bundle / "rootfs", 0755);
}

}  // namespace mydock::engine
