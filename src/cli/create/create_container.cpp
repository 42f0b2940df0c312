#include "cli/create/create_container.h"

#include <fcntl.h>
#include <unistd.h>

#include "api/json_stream.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/format/progress.h"
#include "cli/registry/credentials.h"
#include "cli/terminal/terminal.h"
#include "oci/reference.h"

namespace mydock::cli {

namespace {

// A file that must not be there yet, removed again unless a container's id went into it.
class IdFile {
 public:
  explicit IdFile(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    if (::access(path_.c_str(), F_OK) == 0) {
      fail(Kind::invalid,
           "container ID file found, make sure the other container isn't running or delete {}",
           path_);
    }
    fd_ = in_context("failed to create the container ID file",
                     [&] { return open_file(path_, O_CREAT | O_EXCL | O_WRONLY, 0666); });
  }
  IdFile(const IdFile&) = delete;
  IdFile& operator=(const IdFile&) = delete;
  ~IdFile() {
    if (fd_ && !written_) ::unlink(path_.c_str());
  }
  void write(std::string_view id) {
    if (!fd_) return;
    write_all(fd_, id);
    written_ = true;
  }

 private:
  std::string path_;
  Fd fd_;
  bool written_ = false;
};

bool is_missing_image(const Error& error) {
  return error.kind() == Kind::not_found &&
         error.message().find("No such image") != std::string::npos;
}

}  // namespace

int start_exit_code(std::string_view message) {
  const auto says = [&](std::string_view text) {
    return message.find(text) != std::string_view::npos;
  };
  if (says("executable file not found") || says("no such file or directory") ||
      says("system cannot find the file specified")) {
    return 127;
  }
  return says("permission denied") || says("is a directory") ? 126 : 125;
}

void pull_image(Invocation& call, const std::string& reference, const std::string& platform,
                PullOutput output) {
  const auto name = oci::Reference::parse_familiar(reference);
  client::PullQuery query;
  query.image = name.name();
  query.tag = name.digest ? name.digest->str() : name.tag;
  query.platform = platform;
  query.registry_auth = registry_auth_for(call.config_folder, name.domain);
  http::Response response = from_daemon([&] { return call.api().images().pull(query); });
  const bool to_stderr = output == PullOutput::to_stderr;
  show_progress(response.body(), call.console,
                output == PullOutput::quiet ? ProgressTo::nowhere
                : to_stderr                 ? ProgressTo::err
                                            : ProgressTo::out);
}

std::string create_container(Invocation& call, const CreateRequest& request) {
  if (call.flags.boolean("use-api-socket")) {
    fail(Kind::not_implemented, "--use-api-socket is not implemented");
  }
  if (call.flags.has("kernel-memory")) {
    call.console.err("WARNING: --kernel-memory is deprecated and has no effect");
  }
  IdFile id_file(request.id_file);
  const std::string& image = request.body.config.image;
  // An id is no name, but it is an image.
  if (!oci::is_full_id(image)) oci::Reference::parse_familiar(image);
  const auto create = [&] {
    return call.api().containers().create(request.name, request.body, request.platform);
  };
  const auto pull = [&] {
    pull_image(call, image, request.platform,
               request.quiet ? PullOutput::quiet : PullOutput::to_stderr);
  };
  if (request.pull == "always") pull();
  api::ContainerCreated created;
  try {
    created = from_daemon(create);
  } catch (const Error& error) {  // an image that is not here yet is what pulling is for
    if (!is_missing_image(error) || request.pull != "missing") throw;
    if (!request.quiet) {
      call.console.err(fmt::format("Unable to find image '{}' locally",
                                   oci::Reference::parse_familiar(image).familiar()));
    }
    pull();
    created = from_daemon(create);
  }
  for (const std::string& warning : created.warnings) call.console.err("WARNING: " + warning);
  id_file.write(created.id);
  return created.id;
}

}  // namespace mydock::cli
