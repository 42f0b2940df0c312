#include <fcntl.h>
#include <unistd.h>

#include <exception>
#include <thread>

#include "archive/diff.h"
#include "base/error.h"
#include "cli/copy/copy.h"
#include "cli/copy/progress_line.h"

namespace mydock::cli {

namespace {

constexpr std::uint32_t kSymlink = 1U << 27U;  // in Go's FileMode
constexpr std::uint32_t kDirectory = 1U << 31U;
constexpr std::uint32_t kDevice = 1U << 26U;

// A file or tree of this machine as a tar, made by a thread of its own while it is read.
class TarOf final : public Source {
 public:
  TarOf(const CopySource& source, const std::string& name) : TarOf(source, name, make_pipe()) {}
  TarOf(const TarOf&) = delete;
  TarOf& operator=(const TarOf&) = delete;
  ~TarOf() override { pipe_.reset(); }  // then the thread cannot write, and ends

  std::size_t read(Bytes buffer) override {
    const std::size_t count = pipe_->read(buffer);
    if (count == 0) {
      thread_.join();
      if (failure_) std::rethrow_exception(failure_);
    }
    return count;
  }

 private:
  TarOf(const CopySource& source, const std::string& name, std::pair<Fd, Fd> ends)
      : pipe_(std::in_place, std::move(ends.first)),
        thread_(
            [this, source, name, to = std::make_shared<FdSink>(std::move(ends.second))]() mutable {
              try {
                const Root root = Root::open("/");
                const archive::NamedPath path{.path = source.path, .name = name};
                archive::write_paths(root, {&path, 1}, *to);
              } catch (const Error&) {  // told by the thread that reads
                failure_ = std::current_exception();
              }
              to.reset();  // closed: the reader sees the end
            }) {}

  std::optional<FdSource> pipe_;
  std::exception_ptr failure_;
  std::jthread thread_;
};

// Where it goes to in the container. What cannot be looked at may still be made.
CopyPlace destination_of(client::ContainerCalls& containers, const ContainerPath& to) {
  CopyPlace place{.path = to.path, .exists = false, .is_directory = false};
  try {
    api::PathStat stat = containers.stat_path(to.container, to.path);
    if ((stat.mode & kSymlink) != 0) {
      place.path = link_target(to.path, stat.link_target);
      stat = containers.stat_path(to.container, place.path);
    }
    if ((stat.mode & kDevice) != 0) {
      fail(Kind::forbidden,
           "destination \"{}:{}\" must be a directory or a regular file: got a device",
           to.container, to.path);
    }
    place.exists = true;
    place.is_directory = (stat.mode & kDirectory) != 0;
  } catch (const Error& error) {  // the copy itself says what is wrong
    if (error.kind() == Kind::unavailable || error.kind() == Kind::forbidden) throw;
  }
  return place;
}

}  // namespace

void copy_to_container(Invocation& call, const std::string& local, const ContainerPath& to,
                       const CopyOptions& options) {
  client::ContainerCalls& containers = call.api().containers();
  const CopyPlace destination = destination_of(containers, to);
  const auto send = [&](Source& tar, const std::string& directory) {
    ProgressLine line(call.console, "Copying to container", options.quiet);
    CountedSource counted(tar, line);
    from_daemon(
        [&] { containers.put_archive(to.container, directory, counted, true, options.archive); });
    line.finish(fmt::format("{}:{}", to.container, destination.path));
  };
  if (local == "-") {
    if (!destination.is_directory) {
      fail(Kind::invalid, "destination \"{}:{}\" must be a directory", to.container, to.path);
    }
    FdSource input(open_file("/proc/self/fd/0", O_RDONLY));
    return send(input, destination.path);
  }
  const CopySource source = local_source(absolute_path(local), options.follow);
  const CopyPlan plan = plan_copy(source.is_directory, destination);
  TarOf tar(source, plan.new_name.value_or(source.name));
  send(tar, plan.directory);
}

}  // namespace mydock::cli
