#include "image/layers.h"

#include <fcntl.h>
#include <unistd.h>

#include "archive/apply.h"
#include "archive/compression.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "base/log.h"
#include "image/metered.h"
#include "oci/hasher.h"

namespace mydock::image {

namespace {

constexpr std::string_view kColumns =
    "SELECT l.chain, s.parent, l.diff, l.blob, l.blob_size, l.tar_size, s.bytes"
    " FROM image_layers l JOIN image_snapshots s ON s.key = l.chain WHERE l.chain=?";

Layer layer_from(const state::Statement& row) {
  Layer layer;
  layer.chain.digest = oci::Digest::parse(row.text(0));
  if (const auto parent = row.maybe_text(1))
    layer.parent = oci::ChainId{oci::Digest::parse(*parent)};
  layer.diff.digest = oci::Digest::parse(row.text(2));
  layer.blob = oci::Digest::parse(row.text(3));
  layer.blob_size = static_cast<std::uint64_t>(row.integer(4));
  layer.tar_size = static_cast<std::uint64_t>(row.integer(5));
  layer.bytes = static_cast<std::uint64_t>(row.integer(6));
  return layer;
}

oci::ChainId chain_over(const std::optional<oci::ChainId>& parent, const oci::DiffId& diff) {
  if (!parent) return {diff.digest};
  return {oci::sha256_of(parent->str() + " " + diff.str())};  // config.md, "Layer ChainID"
}

// An active snapshot that goes with this.
class Workspace {
 public:
  Workspace(Snapshots& snapshots, const std::optional<oci::ChainId>& parent)
      : snapshots_(snapshots), key_(std::string(Snapshots::kTransient) + random_hex(16)) {
    snapshots_.prepare(key_, parent, state::Durability::relaxed);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    if (kept_) return;
    try {
      remove_tree(snapshots_.directory(key_));  // first, so that a full disk has room for the rows
      snapshots_.remove(key_, state::Durability::relaxed);
    } catch (const std::exception& error) {
      log::warn("remove snapshot {}: {}; left for the next start", key_, error.what());
    }
  }
  const std::string& key() const { return key_; }
  void keep() { kept_ = true; }

 private:
  Snapshots& snapshots_;
  std::string key_;
  bool kept_ = false;
};

// Owns a blob that its reader needs.
class OpenTar final : public Source {
 public:
  explicit OpenTar(Fd blob) : file_(std::move(blob)), tar_(file_) {}
  std::size_t read(Bytes buffer) override { return tar_.read(buffer); }

 private:
  FdSource file_;
  archive::Decompressor tar_;
};

}  // namespace

// The right to unpack one layer: waits until nobody else does.
class Layers::Landing {
 public:
  Landing(Layers& layers, const std::optional<oci::ChainId>& chain, const std::stop_token& stop)
      : layers_(layers), chain_(chain ? chain->str() : "") {
    if (chain_.empty()) return;
    std::unique_lock lock(layers_.mutex_);
    layers_.landed_.wait(lock, stop, [&] { return !layers_.in_flight_.contains(chain_); });
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    layers_.in_flight_.insert(chain_);
  }
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    if (chain_.empty()) return;
    const std::lock_guard lock(layers_.mutex_);
    layers_.in_flight_.erase(chain_);
    layers_.landed_.notify_all();
  }

 private:
  Layers& layers_;
  std::string chain_;
};

struct Layers::Unpacked {
  oci::DiffId diff;
  std::uint64_t tar_size = 0;
};

Layers::Layers(state::Database& database, ContentStore& content, Snapshots& snapshots)
    : database_(database), content_(content), snapshots_(snapshots) {}

std::optional<Layer> Layers::find(const oci::ChainId& chain) const {
  state::Reading reading(database_);
  state::Statement row = reading.query(kColumns, chain.str());
  if (!row.step()) return std::nullopt;
  return layer_from(row);
}

Layer Layers::get(const oci::ChainId& chain) const {
  auto layer = find(chain);
  if (!layer) fail(Kind::not_found, "layer {} is not there", chain.str());
  return std::move(*layer);
}

std::vector<Layer> Layers::stack(const oci::ChainId& top) const {
  std::vector<Layer> stack;
  for (std::optional<oci::ChainId> chain = top; chain; chain = stack.back().parent) {
    stack.push_back(get(*chain));
  }
  return stack;
}

// Asked as a writer: a collection that began before the lease held the layer is over then.
bool Layers::hold(Lease& lease, const oci::ChainId& chain) const {
  lease.hold(chain.str());
  state::Transaction transaction(database_, state::Durability::relaxed);
  return transaction.query(kColumns, chain.str()).step();
}

Layer Layers::unpack(Lease& lease, const std::optional<oci::ChainId>& parent,
                     StagedBlob&& changeset, const std::optional<oci::DiffId>& expected,
                     Progress& progress, const std::stop_token& stop) {
  StagedBlob blob = std::move(changeset);
  std::optional<oci::ChainId> chain;
  if (expected) chain = chain_over(parent, *expected);
  const Landing landing(*this, chain, stop);
  if (chain && hold(lease, *chain)) return get(*chain);

  Workspace workspace(snapshots_, parent);
  const std::string shown_as = short_id(expected ? expected->str() : blob.digest().str());
  const Unpacked unpacked = fill(workspace.key(), blob, shown_as, progress, stop);
  if (expected && unpacked.diff != *expected) {
    fail(Kind::invalid, "invalid diffID for layer: expected \"{}\", got \"{}\"", expected->str(),
         unpacked.diff.str());
  }
  Layer layer{chain_over(parent, unpacked.diff),
              parent,
              unpacked.diff,
              blob.digest(),
              blob.size(),
              unpacked.tar_size,
              0};
  lease.hold(layer.chain.str());
  lease.hold(layer.blob.str());
  failpoint("load.unpacked");
  content_.adopt(std::move(blob), Durability::renamed);
  failpoint("load.blob");
  if (record(workspace.key(), layer)) {
    failpoint("load.layer");
    workspace.keep();
    return layer;
  }
  layer = get(layer.chain);  // somebody made the same one meanwhile
  lease.hold(layer.blob.str());
  return layer;
}

Layers::Unpacked Layers::fill(const std::string& key, const StagedBlob& changeset,
                              std::string_view shown_as, Progress& progress,
                              const std::stop_token& stop) {
  const OverlayMount mount = snapshots_.mounts(key);
  std::vector<Fd> lowers;
  for (const std::string& lower : mount.lower) {
    lowers.push_back(open_file(lower, O_PATH | O_DIRECTORY));
  }
  FdSource file(changeset.open());
  MeteredSource metered(file, progress, shown_as, "Loading layer", changeset.size());
  archive::Decompressor tar(metered);
  oci::HashingSource hashed(tar);
  archive::ApplyOptions options;
  options.lowers = lowers;
  options.set_owner = ::geteuid() == 0;
  options.stop = stop;
  archive::apply_layer(hashed, open_file(mount.upper, O_RDONLY | O_DIRECTORY), options);
  metered.finish();
  return {{hashed.digest()}, hashed.size()};
}

// Nothing is synced here: Images::add does that, once an image. Until an image names the layer its
// row may outlive its files in a power cut, and the next start drops it.
bool Layers::record(const std::string& key, Layer& layer) {
  layer.bytes = measure(snapshots_.directory(key)).bytes;
  state::Transaction transaction(database_, state::Durability::relaxed);
  if (!snapshots_.commit(transaction, key, layer.chain, layer.bytes)) return false;
  transaction.run(
      "INSERT INTO image_layers(chain, diff, blob, blob_size, tar_size) VALUES(?, ?, ?, ?, ?)",
      layer.chain.str(), layer.diff.str(), layer.blob.str(), layer.blob_size, layer.tar_size);
  transaction.commit();
  return true;
}

Layers::Committed Layers::commit(Lease& lease, const std::string& key,
                                 const std::optional<oci::ChainId>& parent, StagedBlob&& tar) {
  StagedBlob blob = std::move(tar);
  const oci::DiffId diff{blob.digest()};
  Layer layer{chain_over(parent, diff), parent, diff, blob.digest(), blob.size(), blob.size(), 0};
  lease.hold(layer.chain.str());
  lease.hold(layer.blob.str());
  content_.adopt(std::move(blob), Durability::renamed);
  if (record(key, layer)) return {std::move(layer), true};
  layer = get(layer.chain);
  lease.hold(layer.blob.str());
  return {std::move(layer), false};
}

void Layers::keep(state::Transaction& transaction, const oci::ChainId& chain,
                  std::string_view owner) {
  transaction.run("INSERT OR IGNORE INTO image_keeps(owner, chain) VALUES(?, ?)", owner,
                  chain.str());
}

void Layers::let_go(state::Transaction& transaction, std::string_view owner) {
  transaction.run("DELETE FROM image_keeps WHERE owner=?", owner);
}

std::unique_ptr<Source> Layers::open_tar(const Layer& layer) const {
  return std::make_unique<OpenTar>(content_.open(layer.blob));
}

}  // namespace mydock::image
