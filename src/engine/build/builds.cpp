#include "engine/builds.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "archive/apply.h"
#include "archive/compression.h"
#include "archive/ignore.h"
#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "build/builder.h"
#include "engine/build/worker.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

constexpr std::size_t kLargestDockerfile = std::size_t{1} << 20;

// The directories of one build; they go with it.
class Workplace {
 public:
  explicit Workplace(const Paths& paths)
      : disk_(paths.builds() / random_hex(16)), memory_(paths.build_scratch() / random_hex(16)) {
    make_directories(disk_, 0700);
    make_directories(memory_, 0700);
    make_directories(context(), 0755);
    make_directories(copies(), 0700);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    for (const fs::path& path : {disk_, memory_}) {
      try {
        remove_tree(path);
      } catch (const std::exception& error) {
        log::warn("remove {}: {}; left for the next start", path.string(), error.what());
      }
    }
  }
  fs::path context() const { return disk_ / "context"; }
  fs::path copies() const { return disk_ / "copies"; }
  const fs::path& scratch() const { return memory_; }

 private:
  fs::path disk_, memory_;
};

void unpack_context(Source& body, const fs::path& directory, const std::stop_token& stop) {
  archive::Decompressor tar(body);
  archive::ApplyOptions options;
  options.whiteouts = archive::WhiteoutMode::literal;
  options.stop = stop;
  in_context("build context", [&] {
    archive::apply_layer(tar, open_file(directory, O_RDONLY | O_DIRECTORY), options);
  });
}

std::optional<std::string> find_text(const Root& root, const std::string& path) {
  try {
    const Fd file = root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    check(::fstat(file.get(), &status), "stat {}", path);
    // A context may hold any device of the host's; its contents are not for a client to see.
    if (!S_ISREG(status.st_mode)) fail(Kind::invalid, "{} is not a regular file", path);
    return read_to_end(file, kLargestDockerfile);
  } catch (const Error& error) {
    if (error.error_number() != ENOENT && error.error_number() != ENOTDIR) throw;
    return std::nullopt;
  }
}

std::string read_dockerfile(const Root& context, const std::string& name) {
  auto text = find_text(context, name);
  if (!text && name == "Dockerfile") text = find_text(context, "dockerfile");
  if (!text) fail(Kind::invalid, "Cannot locate specified Dockerfile: {}", name);
  if (text->empty()) fail(Kind::invalid, "the Dockerfile ({}) cannot be empty", name);
  return std::move(*text);
}

// Clients always send these two; an ignore list that names them means the image.
void drop_ignored(const Root& context, const std::string& dockerfile) {
  const auto text = find_text(context, ".dockerignore");
  if (!text) return;
  const archive::IgnoreList ignored = archive::IgnoreList::parse(*text);
  for (const std::string& name : {std::string(".dockerignore"), dockerfile}) {
    if (!ignored.ignores(name) || !context.find(name)) continue;
    const Root::Place place = context.locate(name);
    check(::unlinkat(place.parent.get(), place.name.c_str(), 0), "remove {}", name);
  }
}

// The classic builder's lines: errors in red, as its clients know them.
class Lines final : public build::Report {
 public:
  Lines(const ImageProgress& progress, bool quiet) : progress_(progress), quiet_(quiet) {}
  void text(std::string_view text) override {
    constexpr std::size_t kMost = std::size_t{1} << 20;
    if (!quiet_) return send(text);
    if (held_.size() + text.size() < kMost) held_ += text;
  }
  void write(Stream stream, std::string_view bytes) override {
    if (stream == Stream::out) return text(bytes);
    text("\x1b[91m" + std::string(bytes) + "\x1b[0m");
  }
  void send(std::string_view text) {
    api::ProgressMessage message;
    message.stream = text;
    progress_(message);
  }
  void send_held() {
    if (!held_.empty()) send(std::exchange(held_, {}));
  }

 private:
  const ImageProgress& progress_;
  bool quiet_;
  std::string held_;
};

build::BuildRequest to_request(const BuildOptions& options, const Workplace& place) {
  build::BuildRequest request;
  request.context = place.context();
  request.target = options.target;
  request.arguments = options.arguments;
  request.labels = options.labels;
  request.secrets = options.secrets;
  if (!options.platform.empty()) request.platform = oci::parse_platform(options.platform);
  request.no_cache = options.no_cache;
  request.pull = options.pull;
  request.network = options.host_config.network_mode;
  request.scratch = place.scratch();
  request.copies = place.copies();
  return request;
}

std::vector<oci::Reference> parse_names(const std::vector<std::string>& names) {
  std::vector<oci::Reference> references;
  for (const std::string& name : names) {
    oci::Reference reference = oci::Reference::parse_familiar(name);
    if (reference.digest) fail(Kind::invalid, "invalid reference format: {}", name);
    if (std::ranges::find(references, reference) == references.end()) {
      references.push_back(std::move(reference));
    }
  }
  return references;
}

}  // namespace

Builds::Builds(Parts& parts, Registries& registries)
    : parts_(parts), registries_(registries), cache_(parts.database, parts.images) {
  remove_tree(parts_.paths.builds());  // of a daemon that died
  remove_tree(parts_.paths.build_scratch());
}

fs::path Builds::cache_mounts() const { return parts_.paths.build_cache(); }

std::string Builds::run(const BuildOptions& asked, Source& context, const ImageProgress& progress,
                        const std::stop_token& stop) {
  BuildOptions options = asked;
  api::Strings warnings;
  validate_resources(options.host_config.resources, parts_.host, warnings);
  const std::vector<oci::Reference> names = parse_names(options.names);
  const Workplace place(parts_.paths);
  build::BuildRequest request = to_request(options, place);
  request.cache_mounts = cache_mounts();
  make_directories(request.cache_mounts, 0700);
  unpack_context(context, place.context(), stop);
  const Root root = Root::open(place.context());
  request.dockerfile = read_dockerfile(root, options.dockerfile);
  drop_ignored(root, options.dockerfile);

  Lines lines(progress, options.quiet);
  BuildWorker worker(parts_, registries_, options, progress);
  image::ImagePtr image;
  try {
    image = build::build_image(request, parts_.images, cache_, worker, lines, stop);
  } catch (const build::StepFailed& failure) {
    lines.send_held();
    progress(api::error_message(failure.message(), failure.code()));
    return {};
  } catch (...) {
    lines.send_held();
    throw;
  }
  const std::string id = image->id.str();
  api::ProgressMessage aux;
  aux.aux = RawJson{to_json(api::BuildResult{id})};
  progress(aux);
  lines.text(fmt::format("Successfully built {}\n", short_id(id)));
  if (!names.empty()) parts_.images.images.tag(image->id, names);
  for (const oci::Reference& name : names) {
    Attributes attributes = image->config.config.labels;
    attributes["name"] = name.familiar();
    parts_.events.publish("image", "tag", id, std::move(attributes));
    lines.text(fmt::format("Successfully tagged {}\n", name.familiar()));
  }
  if (options.quiet) lines.send(id + "\n");
  return id;
}

}  // namespace mydock::engine
