#include <fcntl.h>
#include <unistd.h>

#include "api/json_stream.h"
#include "api/units.h"
#include "archive/apply.h"
#include "base/file.h"
#include "base/root.h"
#include "cli/build/context.h"
#include "cli/create/values.h"
#include "cli/invocation.h"
#include "cli/terminal/console_sink.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"add-host", 0, FlagType::list, "Add a custom host-to-IP mapping (\"host:ip\")"},
    {"build-arg", 0, FlagType::list, "Set build-time variables"},
    {"cache-from", 0, FlagType::strings, "Images to consider as cache sources"},
    {"cgroup-parent", 0, FlagType::text,
     "Set the parent cgroup for the \"RUN\" instructions during build"},
    {"compress", 0, FlagType::boolean, "Compress the build context using gzip"},
    {"cpu-period", 0, FlagType::integer, "Limit the CPU CFS (Completely Fair Scheduler) period"},
    {"cpu-quota", 0, FlagType::integer, "Limit the CPU CFS (Completely Fair Scheduler) quota"},
    {"cpu-shares", 'c', FlagType::integer, "CPU shares (relative weight)"},
    {"cpuset-cpus", 0, FlagType::text, "CPUs in which to allow execution (0-3, 0,1)"},
    {"cpuset-mems", 0, FlagType::text, "MEMs in which to allow execution (0-3, 0,1)"},
    {"disable-content-trust", 0, FlagType::boolean, "Skip image verification (default true)"},
    {"file", 'f', FlagType::text, "Name of the Dockerfile (Default is \"PATH/Dockerfile\")"},
    {"force-rm", 0, FlagType::boolean, "Always remove intermediate containers"},
    {"iidfile", 0, FlagType::text, "Write the image ID to the file"},
    {"label", 0, FlagType::list, "Set metadata for an image"},
    {"memory", 'm', FlagType::bytes, "Memory limit"},
    {"memory-swap", 0, FlagType::bytes,
     "Swap limit equal to memory plus swap: -1 to enable unlimited swap"},
    {"network", 0, FlagType::text,
     "Set the networking mode for the RUN instructions during build (default \"default\")"},
    {"no-cache", 0, FlagType::boolean, "Do not use cache when building the image"},
    {"output", 'o', FlagType::text,
     "Output destination (format: \"type=local,dest=path\"; also type=tar, type=image)"},
    {"platform", 0, FlagType::text, "Set platform if server is multi-platform capable"},
    {"progress", 0, FlagType::text,
     "Set type of progress output (\"auto\", \"plain\", \"quiet\") (default \"auto\")"},
    {"pull", 0, FlagType::boolean, "Always attempt to pull a newer version of the image"},
    {"quiet", 'q', FlagType::boolean, "Suppress the build output and print image ID on success"},
    {"rm", 0, FlagType::boolean,
     "Remove intermediate containers after a successful build (default true)"},
    {"secret", 0, FlagType::list, "Secret to expose to the build (format: \"id=x,src=path\")"},
    {"shm-size", 0, FlagType::bytes, "Size of \"/dev/shm\""},
    {"tag", 't', FlagType::list, "Name and optionally a tag in the \"name:tag\" format"},
    {"target", 0, FlagType::text, "Set the target build stage to build."},
    {"ulimit", 0, FlagType::ulimit, "Ulimit options (default [])"},
};

// --output.
struct Destination {
  enum class Type { image, local, tar };
  Type type = Type::image;
  std::string path;
};

Destination parse_output(const std::string& text) {
  Destination output;
  if (text.empty()) return output;
  if (text.find('=') == std::string::npos) {
    output.type = text == "-" ? Destination::Type::tar : Destination::Type::local;
    output.path = text;
    return output;
  }
  std::string type;
  for (const std::string& field : split_csv(text)) {
    const auto [key, value] = split_pair(field);
    if (key == "type") type = value;
    if (key == "dest") output.path = value;
  }
  if (type == "local") {
    output.type = Destination::Type::local;
  } else if (type == "tar") {
    output.type = Destination::Type::tar;
    if (output.path.empty()) output.path = "-";
  } else if (type != "image" && type != "docker") {
    fail(Kind::not_implemented, "--output type={} is not implemented yet", type);
  }
  if (output.type == Destination::Type::local && output.path.empty()) {
    fail(Kind::invalid, "dest is required for local exporter");
  }
  return output;
}

std::map<std::string, std::optional<std::string>> build_arguments(const Flags& flags) {
  std::map<std::string, std::optional<std::string>> arguments;
  for (const std::string& text : flags.list("build-arg")) {
    const auto equals = text.find('=');
    if (equals != std::string::npos) {
      arguments[text.substr(0, equals)] = text.substr(equals + 1);
      continue;
    }
    const char* value = ::getenv(text.c_str());
    arguments[text] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  return arguments;
}

std::map<std::string, std::string> build_secrets(const Flags& flags) {
  constexpr std::size_t kLargest = 500 * 1024;
  std::map<std::string, std::string> secrets;
  for (const std::string& text : flags.list("secret")) {
    std::string id, file, variable;
    for (const std::string& field : split_csv(text)) {
      const auto [key, value] = split_pair(field);
      if (key == "id") {
        id = value;
      } else if (key == "src" || key == "source") {
        file = value;
      } else if (key == "env") {
        variable = value;
      } else if (key != "type") {
        fail(Kind::invalid, "unexpected key '{}' in '{}'", key, field);
      }
    }
    if (id.empty()) fail(Kind::invalid, "secret without an id: {}", text);
    if (file.empty() && variable.empty()) {
      (::getenv(id.c_str()) != nullptr ? variable : file) = id;
    }
    if (!variable.empty()) {
      const char* value = ::getenv(variable.c_str());
      secrets[id] = value == nullptr ? "" : value;
    } else {
      secrets[id] = read_file(file, kLargest);
    }
  }
  return secrets;
}

client::BuildQuery make_query(const Flags& flags) {
  client::BuildQuery query;
  query.names = flags.list("tag");
  query.target = flags.text("target");
  query.arguments = build_arguments(flags);
  for (const std::string& label : flags.list("label")) {
    const auto [key, value] = split_pair(label);
    query.labels[key] = value;
  }
  query.secrets = build_secrets(flags);
  query.cache_from = flags.list("cache-from");
  query.extra_hosts = flags.list("add-host");
  for (const std::string& text : flags.list("ulimit")) query.ulimits.push_back(parse_ulimit(text));
  query.platform = flags.text("platform");
  query.network = flags.text("network", "default");
  query.shm_size = flags.bytes("shm-size");
  query.limits.memory = flags.bytes("memory");
  query.limits.memory_swap = flags.bytes("memory-swap");
  query.limits.cpu_shares = flags.integer("cpu-shares", 0);
  query.limits.cpu_period = flags.integer("cpu-period", 0);
  query.limits.cpu_quota = flags.integer("cpu-quota", 0);
  query.limits.cpuset_cpus = flags.text("cpuset-cpus");
  query.limits.cpuset_mems = flags.text("cpuset-mems");
  query.limits.cgroup_parent = flags.text("cgroup-parent");
  query.no_cache = flags.boolean("no-cache");
  query.pull = flags.boolean("pull");
  query.quiet = flags.boolean("quiet") || flags.text("progress") == "quiet";
  return query;
}

// Shows the lines; returns the image's id. Throws ExitError with a failed step's own code.
std::string follow(Source& body, Console& console, bool quiet) {
  std::string id;
  api::JsonLines lines(body);
  while (const auto line = lines.next()) {
    const auto message = from_json<api::ProgressMessage>(*line);
    if (message.error_detail) {
      const auto code = static_cast<int>(message.error_detail->code);
      throw ExitError(code == 0 ? 1 : code, message.error_detail->message);
    }
    if (message.aux) id = from_json<api::BuildResult>(message.aux->text).id;
    if (!quiet) {
      console.bytes(message.stream);
      if (!message.status.empty() && !message.progress_detail) console.line(message.status);
      console.flush();
    }
  }
  if (id.empty()) fail(Kind::system, "the build's answer ended before its image was told");
  return id;
}

// The files of an image, by way of a container that never runs.
void export_files(Invocation& call, const std::string& image, const Destination& output) {
  api::ContainerCreate create;
  create.config.image = image;
  create.config.cmd = api::Strings{"none"};
  client::ContainerCalls& containers = call.api().containers();
  const std::string id = containers.create("", create).id;
  const auto remove = [&] { containers.remove(id, {.force = true}); };
  try {
    http::Response response = containers.export_tar(id);
    if (output.type == Destination::Type::tar) {
      write_stream(response.body(), output.path == "-" ? "" : output.path, call.console);
    } else {
      make_directories(output.path, 0755);
      archive::ApplyOptions options;
      options.whiteouts = archive::WhiteoutMode::literal;
      options.set_owner = false;
      archive::apply_layer(response.body(), open_file(output.path, O_RDONLY | O_DIRECTORY),
                           options);
    }
  } catch (...) {
    remove();
    throw;
  }
  remove();
}

int run(Invocation& call) {
  const std::string progress = call.flags.text("progress", "auto");
  if (progress != "auto" && progress != "plain" && progress != "tty" && progress != "quiet") {
    fail(Kind::invalid, "invalid progress type: {}", progress);
  }
  const Destination output = parse_output(call.flags.text("output"));
  client::BuildQuery query = make_query(call.flags);
  BuildContext context = make_build_context(call.args[0], call.flags.text("file"));
  query.dockerfile = context.dockerfile;
  const bool hushed = query.quiet || output.path == "-";
  if (!hushed) {
    call.console.line("Sending build context to Docker daemon  " +
                      api::human_size(static_cast<double>(context.size)));
    call.console.flush();
  }
  FdSource tar(std::move(context.tar));
  const std::string id = from_daemon([&] {
    http::Response response = call.api().builds().build(query, tar);
    return follow(response.body(), call.console, hushed);
  });
  if (output.type != Destination::Type::image) {
    from_daemon([&] { export_files(call, id, output); });
  } else if (hushed) {
    call.console.line(id);
  }
  if (const std::string file = call.flags.text("iidfile"); !file.empty()) {
    write_file_atomically(file, id, 0666, Durability::renamed);
  }
  return 0;
}

}  // namespace

extern const Command kImageBuild;
constinit const Command kImageBuild{.name = "build",
                                    .forms = "image build, build, builder build",
                                    .arguments = "[OPTIONS] PATH | URL | -",
                                    .summary = "Build an image from a Dockerfile",
                                    .flags = kFlags,
                                    .least = 1,
                                    .most = 1,
                                    .run = run};

}  // namespace mydock::cli
