#include "engine/build/worker.h"

#include <poll.h>
#include <sys/socket.h>

#include <csignal>

#include "api/stream.h"
#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "engine/container/config/host_defaults.h"
#include "engine/container/lifecycle/starting.h"
#include "engine/files/changes.h"
#include "engine/files/overlay_view.h"
#include "oci/reference.h"

namespace mydock::engine {

namespace {

ContainerMount to_mount(const build::StepMount& step) {
  ContainerMount mount;
  mount.type = step.kind == build::StepMount::Kind::tmpfs ? "tmpfs" : "bind";
  mount.source = step.source;
  mount.target = step.target;
  mount.read_only = step.read_only;
  if (mount.type == "tmpfs") {
    mount.tmpfs_options = {"nosuid", "nodev"};
    if (step.size != 0) mount.tmpfs_options.push_back("size=" + std::to_string(step.size));
  }
  return mount;
}

Record make_record(const Parts& parts, const BuildOptions& options, const build::RunStep& step) {
  Definition made{.id = step.snapshot,
                  .created = now(),
                  .image_id = {},
                  .platform = {},
                  .config = {},
                  .host_config = options.host_config,
                  .mounts = {},
                  .macs = {}};
  if (!step.network.empty()) made.host_config.network_mode = step.network;
  apply_defaults(made.host_config, parts.options, parts.host.cgroup_v2);
  made.host_config.log_config = {.type = "none", .config = {}};
  made.config.hostname = short_id(step.snapshot);
  made.config.cmd = step.args;
  made.config.env = step.env;
  made.config.user = step.user;
  made.config.working_dir = step.cwd;
  for (const build::StepMount& mount : step.mounts) made.mounts.push_back(to_mount(mount));
  Status status;
  const std::string& mode = made.host_config.network_mode;
  if (!mode.starts_with("container:")) {
    const auto network = parts.networks.find(mode);
    status.endpoints[network ? network->name : mode];
  }
  return {.name = "build-" + short_id(step.snapshot),
          .definition = std::make_shared<const Definition>(std::move(made)),
          .status = std::move(status),
          .version = 1};
}

// What a step has while it runs; the end of this is the end of its processes.
class Running {
 public:
  Running(Parts& parts, std::shared_ptr<Container> container)
      : parts_(parts), container_(std::move(container)) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    const std::string& id = container_->id();
    try {
      if (const auto task = container_->task()) end(*task);
      container_->look([](const Record&, Live& live) { live.task.reset(); });
      parts_.networks.disconnect(id);
      remove_tree(parts_.paths.bundle(id));
      remove_tree(parts_.paths.container(id));
    } catch (const std::exception& error) {
      log::warn("build step {}: clear: {}; left for the next start", id, error.what());
    }
  }

  int wait(const std::stop_token& stop) {
    const auto task = container_->task();
    wait_for(task->exited(), POLLIN, stop);
    const auto exit = parts_.tasks.exit_record(parts_.paths.bundle(container_->id()));
    return exit.value_or(runtime::Exit{}).code;
  }

 private:
  void end(runtime::Task& task) {
    constexpr std::chrono::seconds kPatience{10};
    if (!wait_for(task.exited(), POLLIN, {}, deadline_after(std::chrono::milliseconds(0)))) {
      task.signal(SIGKILL, true);
      wait_for(task.exited(), POLLIN, {}, deadline_after(kPatience));
    }
    if (!parts_.tasks.exit_record(parts_.paths.bundle(container_->id()))) {
      parts_.tasks.clean(parts_.paths.bundle(container_->id()));
    }
  }
  Parts& parts_;
  std::shared_ptr<Container> container_;
};

void pump(const Fd& from, build::Output& output, const std::stop_token& stop) {
  api::FrameDecoder frames;
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  for (;;) {
    wait_for(from, POLLIN, stop);
    const std::size_t size = read_some(from, buffer);
    if (size == 0) return;
    frames.feed(ConstBytes(buffer).first(size), [&](api::StdStream stream, ConstBytes bytes) {
      output.write(
          stream == api::StdStream::err ? build::Output::Stream::error : build::Output::Stream::out,
          as_text(bytes));
    });
  }
}

}  // namespace

int BuildWorker::run(const build::RunStep& step, build::Output& output,
                     const std::stop_token& stop) {
  const auto container = std::make_shared<Container>(make_record(parts_, options_, step));
  auto sockets = make_socketpair(SOCK_STREAM);
  container->change([&](Record& record, Live& live) {
    record.status.state = State::starting;
    live.attaches.push_back(std::make_shared<PendingAttach>(
        runtime::Attach{.stdout_open = true, .stderr_open = true}, std::move(sockets.second)));
  });
  Running running(parts_, container);
  try {
    Starting(parts_, container, Starting::End::unwatched).run(stop);
  } catch (const StartFailure& failure) {
    throw failure.error;
  }
  pump(sockets.first, output, stop);
  return running.wait(stop);
}

image::ImagePtr BuildWorker::pull(std::string_view name, std::string_view platform,
                                  const std::stop_token& stop) {
  const oci::Reference reference = oci::Reference::parse_familiar(name);
  PullRequest request;
  request.name = reference.familiar();
  request.platform = platform;
  const auto auth = options_.auths.find(
      reference.domain == "docker.io" ? "https://index.docker.io/v1/" : reference.domain);
  if (auth != options_.auths.end()) request.auth = auth->second;
  registries_.pull(request, progress_, stop);
  return parts_.images.images.resolve(request.name);
}

Root BuildWorker::open_layers(const std::vector<std::string>& layers) {
  return engine::open_layers(layers);
}

Root BuildWorker::open_writable(const image::OverlayMount& overlay) {
  return open_writable_overlay(overlay);
}

std::vector<std::string> BuildWorker::changes(const image::OverlayMount& overlay) {
  std::vector<std::string> paths;
  for (api::FileChange& change : find_changes(overlay)) paths.push_back(std::move(change.path));
  return paths;
}

}  // namespace mydock::engine
