#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/compression.h"
#include "archive/tar_writer.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "image/load.h"
#include "image/store.h"
#include "oci/hasher.h"

namespace mydock::image {

using Files = std::vector<std::pair<std::string, std::string>>;

inline std::string tar_of(const Files& files) {
  TextSink out;
  archive::TarWriter tar(out);
  for (const auto& [name, contents] : files) tar.add_file(name, contents);
  tar.finish();
  return out.take();
}

inline std::string compressed(std::string_view bytes, archive::Compression kind) {
  TextSink out;
  const auto compressor = archive::make_compressor(kind, out);
  compressor->write(bytes);
  compressor->finish();
  return out.take();
}

// The config blob of an image with these layers (uncompressed tars).
inline std::string config_of(const std::vector<std::string>& layers,
                             const std::string& created = "2024-01-01T00:00:00Z",
                             const std::map<std::string, std::string>& labels = {}) {
  oci::ImageConfig config;
  config.created = parse_rfc3339(created).value();
  config.architecture = oci::host_platform().architecture;
  config.os = "linux";
  config.config.cmd = {"/bin/sh"};
  config.config.labels = labels;
  for (const std::string& layer : layers) {
    config.rootfs.diff_ids.push_back({oci::sha256_of(layer)});
    config.history.push_back({config.created, "ADD layer", "", "", false});
  }
  return to_json(config);
}

struct ArchiveImage {
  std::vector<std::string> layers;
  std::vector<std::string> tags;
  std::string created = "2024-01-01T00:00:00Z";
  std::map<std::string, std::string> labels = {};
};

// As old docker save writes it: <n>/layer.tar, <config>.json, manifest.json last.
inline std::string docker_archive(const std::vector<ArchiveImage>& images) {
  Files files;
  std::string manifest = "[";
  int number = 0;
  for (const ArchiveImage& image : images) {
    const std::string config = config_of(image.layers, image.created, image.labels);
    const std::string name = std::string(oci::sha256_of(config).hex()) + ".json";
    files.emplace_back(name, config);
    std::vector<std::string> paths;
    for (const std::string& layer : image.layers) {
      paths.push_back(std::to_string(number++) + "/layer.tar");
      files.emplace_back(paths.back(), layer);
    }
    manifest += (manifest.size() > 1 ? "," : "") +
                fmt::format(R"({{"Config":"{}","RepoTags":{},"Layers":{}}})", name,
                            image.tags.empty() ? "null" : to_json(image.tags), to_json(paths));
  }
  files.emplace_back("manifest.json", manifest + "]");
  return tar_of(files);
}

class RecordedProgress final : public Progress {
 public:
  void layer(std::string_view id, std::string_view status, std::uint64_t current,
             std::uint64_t total) override {
    if (current == total) layers.push_back(fmt::format("{} {} {}", id, status, total));
  }
  void status(std::string_view id, std::string_view text) override {
    statuses.push_back(id.empty() ? std::string(text) : fmt::format("{}: {}", id, text));
  }
  void message(std::string_view text) override { messages.emplace_back(text); }
  std::vector<std::string> layers, statuses, messages;
};

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    make_directories(root_, 0700);
    reopen();
  }
  ~StoreTest() override {
    store_.reset();
    database_.reset();
    remove_tree(root_);
  }

  // As a restart of the daemon.
  std::vector<std::string> reopen() {
    store_.reset();
    database_.reset();
    database_ = std::make_unique<state::Database>(root_ / "state.db");
    store_ = std::make_unique<Store>(root_, *database_, nullptr);
    return store_->recover();
  }
  Store& store() { return *store_; }
  Images& images() { return store_->images; }

  std::vector<Loaded> load_text(std::string archive, const LoadOptions& options = {}) {
    TextSource source(std::move(archive));
    return load(*store_, source, options, progress_, {});
  }
  std::string load_error(std::string archive) {
    try {
      load_text(std::move(archive));
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }
  ImagePtr load_one(const std::string& layer, const std::string& tag) {
    load_text(docker_archive({{{layer}, {tag}}}));
    return images().resolve(tag);
  }
  StagedBlob staged(const std::string& bytes) {
    TextSource source(bytes);
    return store_->content.stage(source, {}, {});
  }
  static std::size_t entries(const fs::path& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
  }
  std::size_t blob_count() const { return entries(root_ / "blobs/sha256"); }
  std::size_t layer_count() const { return entries(root_ / "layers"); }
  std::size_t staged_count() const { return entries(root_ / "staging") + entries(root_ / "trash"); }

  // In memory if that can be: what is synced here is synced for the sake of the code path only.
  fs::path root_ =
      (::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path()) /
      ("mydock-image-" + random_hex(12));
  std::unique_ptr<state::Database> database_;
  std::unique_ptr<Store> store_;
  RecordedProgress progress_;
};

}  // namespace mydock::image
