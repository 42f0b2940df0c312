#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/stream.h"
#include "oci/digest.h"

namespace mydock::image {

// A file in staging whose digest is known: becomes a blob by ContentStore::adopt, or goes with
// this.
class StagedBlob {
 public:
  StagedBlob(fs::path path, oci::Digest digest, std::uint64_t size);
  StagedBlob(StagedBlob&& other) noexcept;
  StagedBlob& operator=(StagedBlob&& other) noexcept;
  StagedBlob(const StagedBlob&) = delete;
  StagedBlob& operator=(const StagedBlob&) = delete;
  ~StagedBlob();

  const oci::Digest& digest() const { return digest_; }
  std::uint64_t size() const { return size_; }
  Fd open() const;
  // For who learns only at the end what the file is.
  void tell(oci::Digest digest, std::uint64_t size) {
    digest_ = std::move(digest);
    size_ = size;
  }
  // A second one of the same bytes (a hard link).
  StagedBlob link() const;

 private:
  friend class ContentStore;
  fs::path path_;  // empty: adopted
  oci::Digest digest_;
  std::uint64_t size_;
};

// Bytes by digest: `root`/blobs/sha256/<hex>, an OCI image-layout's blobs. Immutable, mode 0600.
// What is there is whole and its digest was checked when it came. Safe on any thread.
class ContentStore {
 public:
  // Makes its directories, and empties `root`/staging.
  explicit ContentStore(const fs::path& root);

  struct Expected {
    std::optional<oci::Digest> digest;
    std::optional<std::uint64_t> size;
  };
  // Reads `from` to its end into staging. Errors: invalid (other digest or size than expected; no
  // more than the expected size is read), cancelled, system (ENOSPC: nothing is left behind).
  StagedBlob stage(Source& from, const Expected& expected, const std::stop_token& stop);
  // The same for what `write` writes.
  StagedBlob stage(const std::function<void(Sink&)>& write);
  // A blob that is there already stays. With Durability::renamed the caller syncs the file system
  // before it writes the row that names the blob.
  void adopt(StagedBlob&& staged, Durability durability = Durability::synced);
  // stage() and adopt().
  oci::Digest ingest(Source& from, const Expected& expected, const std::stop_token& stop);
  oci::Digest ingest(std::string_view bytes, Durability durability = Durability::synced);
  // Everything that was written to this file system so far is durable then.
  void sync() const;

  bool contains(const oci::Digest& digest) const;
  // A staged twin (a hard link) of a blob that is there; no value: it is not.
  std::optional<StagedBlob> find_staged(const oci::Digest& digest) const;
  // Errors of these: not_found "blob sha256:…".
  Fd open(const oci::Digest& digest) const;
  std::uint64_t size(const oci::Digest& digest) const;
  // The whole blob, its digest checked again. Errors: invalid when longer than `limit` or damaged.
  std::string read(const oci::Digest& digest, std::size_t limit = std::size_t{16} << 20) const;

  // Absent is fine.
  void remove(const oci::Digest& digest);
  std::vector<oci::Digest> list() const;
  // A directory for whoever needs one on this file system; its user removes it, the next start too.
  const fs::path& staging() const { return staging_; }

 private:
  fs::path path_of(const oci::Digest& digest) const;
  fs::path blobs_;
  fs::path staging_;
};

}  // namespace mydock::image
