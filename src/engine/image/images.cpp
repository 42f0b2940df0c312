#include "engine/images.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "engine/image/convert.h"
#include "engine/image/progress_lines.h"
#include "engine/parts.h"
#include "image/import.h"
#include "image/load.h"
#include "image/save.h"
#include "oci/reference.h"

namespace mydock::engine {

namespace {

std::int64_t unix_seconds(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// The event of something that happened to an image: its labels and what it was called.
void publish(Parts& parts, std::string_view action, const oci::Digest& id,
             const std::string& name) {
  Attributes attributes;
  if (const image::ImagePtr image = parts.images.images.find(id)) {
    attributes = image->config.config.labels;
  }
  attributes["name"] = name;
  parts.events.publish("image", action, id.str(), std::move(attributes));
}

std::vector<image::ContainerUse> uses(const Parts& parts) {
  std::vector<image::ContainerUse> list;
  for (const auto& container : parts.table.all()) {
    const RecordPtr record = container->record();
    if (record->definition->image_id.empty()) continue;  // a broken one
    list.push_back({.container = record->id(),
                    .image = oci::Digest::parse(record->definition->image_id),
                    .running = is_running(record->status.state)});
    for (const ContainerMount& mount : record->definition->mounts) {
      const auto shown = mount.type == "image" ? oci::Digest::find(mount.source) : std::nullopt;
      if (!shown) continue;
      list.push_back({.container = record->id(),
                      .image = *shown,
                      .running = is_running(record->status.state)});
    }
  }
  return list;
}

std::optional<std::string> single(const api::Filters& filters, std::string_view key) {
  if (!filters.contains(key)) return std::nullopt;
  return *filters.values(key).begin();
}

std::vector<std::string> list_of(const api::Filters& filters, std::string_view key) {
  const auto& values = filters.values(key);
  return {values.begin(), values.end()};
}

std::optional<Time> until_of(const api::Filters& filters) {
  const auto text = single(filters, "until");
  if (!text) return std::nullopt;
  if (const auto time = parse_rfc3339(*text)) return time;
  if (const auto time = parse_unix_seconds(*text)) return time;
  fail(Kind::invalid, "invalid filter 'until=[{}]'", *text);
}

image::ListOptions to_store(const ImageListOptions& options) {
  const api::Filters& filters = options.filters;
  filters.require_known({"before", "dangling", "label", "label!", "reference", "since", "until"});
  return {.all = options.all,
          .dangling = filters.flag("dangling"),
          .references = list_of(filters, "reference"),
          .labels = list_of(filters, "label"),
          .without_labels = list_of(filters, "label!"),
          .before = single(filters, "before"),
          .since = single(filters, "since"),
          .until = until_of(filters)};
}

api::ImageSummary summary(const image::Listed& listed, std::int64_t containers) {
  const image::Image& image = *listed.image;
  api::ImageSummary view;
  view.containers = containers;
  view.created = unix_seconds(image.created);
  view.id = image.id.str();
  if (!image.config.config.labels.empty()) view.labels = image.config.config.labels;
  if (image.parent) view.parent_id = image.parent->str();
  view.repo_digests = listed.digests;
  view.repo_tags = listed.tags;
  view.size = static_cast<std::int64_t>(image.size);
  return view;
}

std::vector<api::ImageDeleted> publish_removed(Parts& parts,
                                               const std::vector<image::Removed>& removed) {
  std::vector<api::ImageDeleted> list;
  for (const image::Removed& item : removed) {
    if (item.what == image::Removed::What::untagged) {
      list.push_back({.untagged = item.text, .deleted = {}});
      publish(parts, "untag", item.image, item.image.str());
    } else {
      list.push_back({.untagged = {}, .deleted = item.text});
      if (item.what == image::Removed::What::deleted_image) {
        publish(parts, "delete", item.image, item.image.str());
      }
    }
  }
  return list;
}

}  // namespace

std::vector<api::ImageSummary> Images::list(const ImageListOptions& options) const {
  std::map<std::string, std::int64_t> containers;
  for (const image::ContainerUse& use : uses(parts_)) ++containers[use.image.str()];
  std::vector<api::ImageSummary> list;
  for (const image::Listed& listed : parts_.images.images.list(to_store(options))) {
    list.push_back(summary(listed, containers[listed.image->id.str()]));
    if (options.shared_size) list.back().shared_size = 0;
  }
  return list;
}

api::ImageInspect Images::inspect(std::string_view name) const {
  const image::ImagePtr image = parts_.images.images.resolve(name);
  const oci::ImageConfig& config = image->config;
  api::ImageInspect view;
  view.id = image->id.str();
  view.repo_tags = image->tags();
  view.repo_digests = image->digests();
  view.parent = image->parent ? image->parent->str() : std::string();
  view.comment = config.comment;
  view.docker_version = config.docker_version;
  view.author = config.author;
  view.created = image->created;
  view.config = to_api(config.config);
  view.architecture = config.architecture;
  view.variant = config.variant;
  view.os = config.os;
  view.os_version = config.os_version;
  view.size = static_cast<std::int64_t>(image->size);
  view.graph_driver = api::GraphDriver{.name = "overlay2", .data = api::StringMap{}};
  for (const oci::DiffId& layer : config.rootfs.diff_ids)
    view.root_fs.layers.push_back(layer.str());
  view.metadata.last_tag_time = image->tagged;
  return view;
}

std::vector<api::ImageHistoryEntry> Images::history(std::string_view name) const {
  std::vector<api::ImageHistoryEntry> list;
  for (const image::HistoryEntry& entry : parts_.images.images.history(name)) {
    api::ImageHistoryEntry view{.comment = entry.comment,
                                .created = unix_seconds(entry.created),
                                .created_by = entry.created_by,
                                .id = entry.id,
                                .size = static_cast<std::int64_t>(entry.size),
                                .tags = {}};
    if (!entry.tags.empty()) view.tags = entry.tags;
    list.push_back(std::move(view));
  }
  return list;
}

void Images::tag(std::string_view name, std::string_view repository, std::string_view tag) {
  const image::ImagePtr image = parts_.images.images.resolve(name);
  std::string text(repository);
  if (!tag.empty()) text += ":" + std::string(tag);
  const oci::Reference reference = oci::Reference::parse_familiar(text);
  parts_.images.images.tag(image->id, reference);
  publish(parts_, "tag", image->id, reference.familiar());
}

std::vector<api::ImageDeleted> Images::remove(std::string_view name,
                                              const ImageRemoveOptions& options) {
  return publish_removed(
      parts_,
      parts_.images.images.remove(
          name, {.force = options.force, .prune_parents = options.prune_parents}, uses(parts_)));
}

void Images::load(Source& tar, const ImageProgress& progress, const std::stop_token& stop) {
  ProgressLines lines(progress);
  for (const image::Loaded& loaded : image::load(parts_.images, tar, {}, lines, stop)) {
    publish(parts_, "load", loaded.image, loaded.image.str());
  }
}

void Images::save(const std::vector<std::string>& names, Sink& tar, const std::stop_token& stop) {
  const image::Saving saving(parts_.images, names);
  for (const std::string& name : names) {
    if (const image::ImagePtr image = parts_.images.images.find(name)) {
      publish(parts_, "save", image->id, image->id.str());
    }
  }
  saving.write(tar, stop);
}

std::string Images::import(Source& tar, const ImportOptions& options, const std::stop_token& stop) {
  image::ImportOptions import{
      .name = {}, .message = options.message, .changes = options.changes, .platform = {}};
  if (!options.reference.empty()) import.name = oci::Reference::parse_familiar(options.reference);
  if (!options.platform.empty()) import.platform = oci::parse_platform(options.platform);
  image::NoProgress silent;
  const image::ImagePtr image = image::import_image(parts_.images, tar, import, silent, stop);
  publish(parts_, "import", image->id, image->id.str());
  return image->id.str();
}

api::ImagesPruned Images::prune(const api::Filters& filters) {
  filters.require_known({"dangling", "label", "label!", "until"});
  const image::PruneResult result =
      parts_.images.images.prune({.dangling = filters.flag("dangling").value_or(true),
                                  .labels = list_of(filters, "label"),
                                  .without_labels = list_of(filters, "label!"),
                                  .until = until_of(filters)},
                                 uses(parts_));
  api::ImagesPruned answer;
  if (!result.removed.empty()) answer.images_deleted = publish_removed(parts_, result.removed);
  answer.space_reclaimed = static_cast<std::int64_t>(result.reclaimed);
  parts_.events.publish("image", "prune", "",
                        {{"reclaimed", std::to_string(answer.space_reclaimed)}});
  return answer;
}

}  // namespace mydock::engine
