#include <fcntl.h>

#include "archive/apply.h"
#include "base/error.h"
#include "cli/copy/copy.h"
#include "cli/copy/progress_line.h"
#include "cli/terminal/console_sink.h"

namespace mydock::cli {

namespace {

constexpr std::uint32_t kSymlink = 1U << 27U;  // in Go's FileMode
constexpr std::uint32_t kDirectory = 1U << 31U;

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// What is copied: the path in the container, and what its tar's entries are to begin with.
struct Wanted {
  std::string path;
  std::string name;
};

Wanted follow_link(client::ContainerCalls& containers, const ContainerPath& from) {
  Wanted wanted{from.path, base_of(from.path)};
  const auto stat = [&]() -> std::optional<api::PathStat> {
    try {
      return containers.stat_path(from.container, from.path);
    } catch (const Error& error) {  // the copy itself says what is wrong
      if (error.kind() == Kind::unavailable) throw;
      return std::nullopt;
    }
  }();
  if (stat && (stat->mode & kSymlink) != 0) wanted.path = link_target(from.path, stat->link_target);
  return wanted;
}

struct Received {
  http::Response response;
  bool is_directory = false;
  bool several = false;
};

Received receive(client::ContainerCalls& containers, const ContainerPath& from,
                 const Wanted& wanted) {
  Received received;
  try {
    received.response = containers.get_archive(from.container, wanted.path);
  } catch (const Error& error) {  // a file may be named as a pattern; only otherwise it is one
    if (error.kind() != Kind::not_found || !is_pattern(wanted.path)) throw;
    received.response = containers.get_matches(from.container, wanted.path);
    received.several = true;
  }
  const api::PathStat stat = client::path_stat(received.response);
  received.is_directory = (stat.mode & kDirectory) != 0;
  return received;
}

void unpack(Source& tar, const Received& received, const Wanted& wanted, const std::string& to) {
  const CopyPlace destination = local_destination(to);
  if (received.several && !destination.is_directory) {
    fail(Kind::invalid, "several files are only copied into a directory that is there: {}", to);
  }
  const CopyPlan plan = plan_copy(received.is_directory, destination);
  archive::ApplyOptions options;
  options.whiteouts = archive::WhiteoutMode::literal;
  options.set_owner = false;
  options.keep_kinds = true;
  const std::string from = base_of(wanted.path);
  const std::string name = plan.new_name.value_or(wanted.name);
  if (!received.several && from != name) {
    options.rename = [from, name](std::string_view entry) { return rebased(entry, from, name); };
  }
  archive::apply_layer(tar, open_file(plan.directory, O_RDONLY | O_DIRECTORY), options);
}

}  // namespace

void copy_from_container(Invocation& call, const ContainerPath& from, const std::string& local,
                         const CopyOptions& options) {
  const std::string to = local == "-" ? local : absolute_path(local);
  if (to != "-") check_output_path(to);
  client::ContainerCalls& containers = call.api().containers();
  const Wanted wanted =
      options.follow ? follow_link(containers, from) : Wanted{from.path, base_of(from.path)};
  Received received = from_daemon([&] { return receive(containers, from, wanted); });
  if (to == "-") return write_stream(received.response.body(), "", call.console);
  ProgressLine line(call.console, "Copying from container", options.quiet);
  CountedSource tar(received.response.body(), line);
  unpack(tar, received, wanted, to);
  line.finish(to);
}

}  // namespace mydock::cli
