#include "image/archive_files.h"

#include "archive/compression.h"
#include "archive/tar_reader.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "oci/hasher.h"
#include "oci/manifest.h"

namespace mydock::image {

namespace {

constexpr int kMostLinks = 8;

// What a symlink's text means beside the link; empty: it leads outside.
std::string link_target(const std::string& name, const std::string& target) {
  const fs::path joined = (fs::path(name).parent_path() / target).lexically_normal();
  if (joined.is_absolute() || joined.native().starts_with("..")) return {};
  return joined.string();
}

}  // namespace

ArchiveFiles::ArchiveFiles(ContentStore& content, Source& tar, std::size_t most,
                           const std::stop_token& stop) {
  archive::Decompressor unpacked(tar);
  archive::TarReader reader(unpacked);
  while (const archive::Entry* entry = reader.next()) {
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    if (files_.size() + links_.size() >= most) {
      fail(Kind::invalid, "invalid archive: more than {} files", most);
    }
    const std::string name = archive::path_of(entry->name);
    if (entry->type == archive::EntryType::file) {
      add(name, content.stage(reader.content(), {}, stop));
    } else if (entry->type == archive::EntryType::symlink) {
      links_.insert_or_assign(name, link_target(name, entry->link_name));
    } else if (entry->type == archive::EntryType::hard_link) {
      links_.insert_or_assign(name, archive::path_of(entry->link_name));
    }
  }
  reader.drain();
}

void ArchiveFiles::add(std::string name, StagedBlob&& file) {
  const auto there = files_.find(name);
  if (there == files_.end()) {
    files_.emplace(std::move(name), std::move(file));
  } else if (there->second.digest() != file.digest()) {
    fail(Kind::invalid, "invalid archive: {} is there twice", name);
  }
}

const StagedBlob* ArchiveFiles::find(std::string_view name) const {
  std::string at = fs::path(name).lexically_normal().string();
  for (int followed = 0; followed < kMostLinks; ++followed) {
    if (const auto file = files_.find(at); file != files_.end()) return &file->second;
    const auto link = links_.find(at);
    if (link == links_.end()) return nullptr;
    at = link->second;
  }
  return nullptr;
}

const StagedBlob& ArchiveFiles::get(std::string_view name) const {
  const StagedBlob* file = find(name);
  if (file == nullptr) fail(Kind::invalid, "invalid archive: {} is not in it", name);
  return *file;
}

const StagedBlob& ArchiveFiles::get_blob(const oci::Digest& digest,
                                         std::optional<std::uint64_t> size) const {
  const StagedBlob& file = get(fmt::format("blobs/{}/{}", digest.algorithm(), digest.hex()));
  if (size && file.size() != *size) {
    fail(Kind::invalid, "invalid archive: {} has {} bytes, not {}", digest.str(), file.size(),
         *size);
  }
  bool same = file.digest() == digest;
  if (!same && digest.algorithm() != file.digest().algorithm()) {
    FdSource bytes(file.open());
    same = oci::matches(digest, bytes);
  }
  if (!same) {
    fail(Kind::invalid, "invalid archive: {} has the digest {}", digest.str(), file.digest().str());
  }
  return file;
}

std::string ArchiveFiles::read(const StagedBlob& file) const {
  return read_to_end(file.open(), oci::kLargestDocument);
}

}  // namespace mydock::image
