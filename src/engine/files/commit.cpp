#include <fcntl.h>

#include <unordered_set>

#include "archive/diff.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "engine/container/config/image_merge.h"
#include "engine/container_files.h"
#include "engine/containers.h"
#include "engine/files/changes.h"
#include "engine/image/convert.h"
#include "engine/parts.h"
#include "image/change.h"
#include "image/import.h"
#include "oci/reference.h"

namespace mydock::engine {

namespace {

// Keeps the processes still meanwhile. If the daemon dies, the container shows as paused.
class Pause {
 public:
  Pause(Parts& parts, const Container& container) : containers_(parts), id_(container.id()) {
    if (container.record()->status.state != State::running) return;
    containers_.pause(id_, Containers::Pausing::passing);
    paused_ = true;
  }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() {
    if (!paused_) return;
    try {
      containers_.unpause(id_);
    } catch (const std::exception& error) {  // it was stopped, or unpaused by hand
      log::warn("container {}: unpause after commit: {}", id_, error.what());
    }
  }

 private:
  Containers containers_;
  std::string id_;
  bool paused_ = false;
};

std::optional<oci::Reference> name_of(const CommitOptions& options) {
  if (options.repository.empty()) return std::nullopt;
  std::string text = options.repository;
  if (!options.tag.empty()) text += ":" + options.tag;
  oci::Reference name = oci::Reference::parse_familiar(text);
  if (name.digest) fail(Kind::invalid, "cannot commit to digest reference");
  return name;
}

// What the request says, changed by the instructions, wins over what the container runs with.
oci::ExecutionConfig config_of(const CommitOptions& options, const api::ContainerConfig& own) {
  // Without a config of the request's the instructions change the container's own.
  const bool given = options.config != api::ContainerConfig{};
  api::ContainerConfig config = given ? options.config : own;
  oci::ExecutionConfig asked = to_oci(run_config(config));
  image::apply_changes(asked, options.changes);
  take_run_config(config, to_api(asked));
  merge_config(config, run_config(own));
  oci::ExecutionConfig merged = to_oci(run_config(config));
  merged.on_build = asked.on_build;
  return merged;
}

// The changed files as a tar, in a file of its own that nobody else sees.
class Changeset {
 public:
  Changeset(const Parts& parts, const Container& container, const std::stop_token& stop) {
    const image::OverlayMount overlay = parts.images.snapshots.mounts(container.id());
    std::unordered_set<std::string> changed;
    for (api::FileChange& change : find_changes(overlay)) changed.insert(std::move(change.path));
    if (changed.empty()) return;
    tar_ = open_file(parts.paths.data_root, O_TMPFILE | O_RDWR, 0600);
    FdSink sink(tar_.duplicate());
    archive::write_layer_diff(
        open_file(overlay.upper, O_PATH | O_DIRECTORY), sink, stop,
        [&](std::string_view path) { return !changed.contains("/" + std::string(path)); });
    check(::lseek(tar_.get(), 0, SEEK_SET), "rewind the changes");
  }
  // No value: nothing has changed.
  std::optional<FdSource> take() {
    if (!tar_) return std::nullopt;
    return std::optional<FdSource>(std::in_place, std::move(tar_));
  }

 private:
  Fd tar_;
};

std::string joined(const std::optional<api::Strings>& words) {
  std::string text;
  for (const std::string& word : words.value_or(api::Strings{})) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

}  // namespace

std::string ContainerFiles::commit(const CommitOptions& options, const std::stop_token& stop) {
  const std::shared_ptr<Container> container = parts_.table.get(options.container);
  const RecordPtr record = container->record();
  if (is_doomed(record->status.state)) {
    fail(Kind::conflict, "You cannot commit container {} which is {}", record->id(),
         shown_state(*record));
  }
  image::CreateOptions create;
  create.name = name_of(options);
  create.config = config_of(options, record->config());
  create.author = options.author;
  create.comment = options.comment;
  create.created_by = joined(record->config().cmd);
  create.parent = parts_.images.images.find(oci::Digest::parse(record->definition->image_id));
  if (!create.parent) {
    fail(Kind::not_found, "No such image: {}", record->definition->image_id);
  }
  std::optional<FdSource> diff;
  {
    std::optional<Pause> pause;
    if (options.pause) pause.emplace(parts_, *container);
    diff = Changeset(parts_, *container, stop).take();
    failpoint("commit.paused");
  }
  failpoint("commit.diff");
  const image::ImagePtr image =
      image::create_image(parts_.images, diff ? &*diff : nullptr, create, stop);
  Attributes attributes = event_attributes(*record);
  attributes["comment"] = options.comment;
  attributes["imageID"] = image->id.str();
  attributes["imageRef"] = create.name ? create.name->familiar() : "";
  parts_.events.publish("container", "commit", record->id(), std::move(attributes));
  return image->id.str();
}

}  // namespace mydock::engine
