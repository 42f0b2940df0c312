#include "image/images.h"

#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "image/catalog.h"
#include "image/removal_plan.h"
#include "oci/hasher.h"

namespace mydock::image {

namespace {

std::optional<std::string> text_of(const auto& id) {
  if (!id) return std::nullopt;
  return id->str();
}

void check_tag_name(const oci::Reference& name) {
  if (name.familiar_name() == "sha256") {
    fail(Kind::invalid, "refusing to create an ambiguous tag using digest algorithm as name");
  }
}

}  // namespace

Images::Images(state::Database& database, ContentStore& content, Layers& layers)
    : database_(database),
      content_(content),
      layers_(layers),
      catalog_(std::make_shared<const Catalog>()) {}

std::shared_ptr<const Catalog> Images::catalog() const {
  const std::lock_guard lock(catalog_mutex_);
  return catalog_;
}

void Images::publish(std::shared_ptr<const Catalog> catalog) {
  const std::lock_guard lock(catalog_mutex_);
  catalog_.swap(catalog);
}

ImagePtr Images::find(std::string_view name_or_id) const { return catalog()->find(name_or_id); }
ImagePtr Images::find(const oci::Digest& id) const { return catalog()->find(id); }
std::size_t Images::count() const { return catalog()->images().size(); }

ImagePtr Images::resolve(std::string_view name_or_id) const {
  ImagePtr image = catalog()->get(name_or_id);
  if (!image->damage.empty()) {
    fail(Kind::unavailable, "image {} is damaged: {}", image->id.str(), image->damage);
  }
  return image;
}

std::vector<HistoryEntry> Images::history(std::string_view name_or_id) const {
  ImagePtr image = resolve(name_or_id);
  const auto all = catalog();
  std::vector<Layer> stack;  // top first
  if (image->chain) stack = layers_.stack(*image->chain);
  std::vector<HistoryEntry> history;
  for (const oci::HistoryEntry& one : image->config.history) {
    HistoryEntry entry{"<missing>", one.created, one.created_by, one.comment, 0, {}};
    if (!one.empty_layer && !stack.empty()) {
      entry.size = stack.back().bytes;
      stack.pop_back();
    }
    history.push_back(std::move(entry));
  }
  std::ranges::reverse(history);
  for (HistoryEntry& entry : history) {
    entry.id = image->id.str();
    entry.tags = image->tags();
    image = image->parent ? all->find(*image->parent) : nullptr;
    if (!image) break;
  }
  return history;
}

// The record of an image whose config blob and layers are there.
ImagePtr Images::read_image(const oci::Digest& id, std::string_view config,
                            const std::optional<oci::Digest>& parent) const {
  Image image;
  image.id = id;
  image.config = oci::parse_image_config(config);
  image.parent = parent;
  image.created = image.config.created;
  if (!image.config.rootfs.diff_ids.empty()) {
    image.chain = oci::chain_id(image.config.rootfs.diff_ids);
    for (const Layer& layer : layers_.stack(*image.chain)) image.size += layer.bytes;
  }
  return std::make_shared<const Image>(std::move(image));
}

ImagePtr Images::add(Lease& lease, std::string_view config,
                     const std::optional<oci::Digest>& parent) {
  return add(lease, config, parent, {}).image;
}

Images::Added Images::add(Lease& lease, std::string_view config,
                          const std::optional<oci::Digest>& parent,
                          std::span<const oci::Reference> names) {
  std::ranges::for_each(names, check_tag_name);
  const oci::Digest id = oci::sha256_of(config);
  lease.hold(id.str());
  ImagePtr made;
  if (const ImagePtr there = find(id); !there || !there->damage.empty()) {
    content_.ingest(config, Durability::renamed);
    made = read_image(id, config, parent);
    failpoint("image.config");
    content_.sync();  // config, layers and their blobs, before the row that makes them an image
  } else if (names.empty()) {
    return {there, {}};
  }
  state::Transaction transaction(database_);
  auto next = std::make_shared<Catalog>(*catalog());
  if (const ImagePtr there = next->find(id); made && (!there || !there->damage.empty())) {
    write_row(transaction, *next, *made);
  }
  std::vector<ImagePtr> owners = write_names(transaction, *next, id, names);
  transaction.commit();
  publish(next);
  failpoint("image.added");
  return {next->find(id), std::move(owners)};
}

// The row of a new image, or of one that was damaged.
void Images::write_row(state::Transaction& transaction, Catalog& catalog, const Image& made) {
  transaction.run(
      "INSERT INTO image_images(id, chain, parent, tagged) VALUES(?, ?, ?, 0) "
      "ON CONFLICT(id) DO UPDATE SET chain=excluded.chain",
      made.id.str(), text_of(made.chain), text_of(made.parent));
  Image record = made;
  if (const ImagePtr damaged = catalog.find(made.id)) {
    record.names = damaged->names;
    record.tagged = damaged->tagged;
    record.parent = damaged->parent;
  }
  catalog.put(std::move(record));
}

std::vector<ImagePtr> Images::write_names(state::Transaction& transaction, Catalog& catalog,
                                          const oci::Digest& image,
                                          std::span<const oci::Reference> names) {
  if (!catalog.find(image)) fail(Kind::not_found, "No such image: {}", image.str());
  if (names.empty()) return {};
  const Time at = now();
  std::vector<ImagePtr> owners = catalog.name(names, image, at);
  for (const oci::Reference& name : names) {
    transaction.run("INSERT OR REPLACE INTO image_names(name, image) VALUES(?, ?)",
                    catalogued(name).str(), image.str());
  }
  transaction.run("UPDATE image_images SET tagged=? WHERE id=?", at, image.str());
  return owners;
}

ImagePtr Images::tag(const oci::Digest& image, const oci::Reference& name) {
  return tag(image, std::span(&name, 1)).front();
}

std::vector<ImagePtr> Images::tag(const oci::Digest& image, std::span<const oci::Reference> names) {
  std::ranges::for_each(names, check_tag_name);
  state::Transaction transaction(database_);
  auto next = std::make_shared<Catalog>(*catalog());
  std::vector<ImagePtr> owners = write_names(transaction, *next, image, names);
  transaction.commit();
  failpoint("tag.stored");
  publish(next);
  return owners;
}

std::vector<Removed> Images::remove(std::string_view name_or_id, const RemoveOptions& options,
                                    const std::vector<ContainerUse>& uses) {
  RemovalPlan plan(uses);
  Layers::Collected collected;
  {
    state::Transaction transaction(database_);
    auto next = std::make_shared<Catalog>(*catalog());
    plan.remove(*next, name_or_id, options);
    collected = plan.write(transaction, layers_);
    transaction.commit();
    failpoint("rmi.stored");
    publish(next);
  }
  layers_.discard(collected);
  return plan.take();
}

PruneResult Images::prune(const PruneOptions& options, const std::vector<ContainerUse>& uses) {
  RemovalPlan plan(uses);
  Layers::Collected collected;
  {
    state::Transaction transaction(database_);
    auto next = std::make_shared<Catalog>(*catalog());
    plan.prune(*next, options);
    collected = plan.write(transaction, layers_);
    transaction.commit();
    publish(next);
  }
  layers_.discard(collected);
  return {plan.take(), collected.bytes};
}

std::uint64_t Images::collect() {
  Layers::Collected collected;
  {
    state::Transaction transaction(database_, state::Durability::relaxed);
    collected = layers_.collect(transaction);
    transaction.commit();
  }
  layers_.discard(collected);
  return collected.bytes;
}

}  // namespace mydock::image
