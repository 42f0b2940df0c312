#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "image/content_store.h"
#include "oci/descriptor.h"
#include "oci/hasher.h"

namespace mydock::image {

// A blob that is on its way: what has come of it, in a file that stays when the try fails.
class Download {
 public:
  Download(fs::path path, const oci::Descriptor& blob);

  std::uint64_t offset() const { return offset_; }
  // Errors: invalid (more than the blob's size), system.
  void append(ConstBytes bytes);
  void restart();  // all over again
  bool is_whole() const { return offset_ == size_; }
  bool matches() const { return hasher_.digest() == digest_; }

 private:
  fs::path path_;
  Fd fd_;
  oci::Digest digest_;
  std::uint64_t size_;
  std::uint64_t offset_ = 0;
  oci::Hasher hasher_;
};

// Blobs that come over a network, below `root`/downloads. What is there of one is used by the next
// try, be it after a restart or a crash; each is fetched by one thread, others wait for it. Safe on
// any thread.
class Downloads {
 public:
  Downloads(const fs::path& root, ContentStore& content);

  // How many are fetched at once, from then on. At first: 3.
  void set_most(std::size_t most);
  // Makes the download whole from its offset on, or throws.
  using Fetch = std::function<void(Download&)>;
  // The blob, from the content store, from what an earlier try left, or by `fetch`. Errors: what
  // fetch throws; invalid (digest or size are others: then nothing is kept), cancelled, system.
  StagedBlob bring(const oci::Descriptor& blob, const Fetch& fetch, const std::stop_token& stop);
  // The blob is in the content store for good, or not wanted any more.
  void drop(const oci::Digest& blob);
  // At start: removes what nobody has come back for.
  void recover();

 private:
  class Turn;
  StagedBlob link(const oci::Descriptor& blob) const;
  fs::path path_of(const oci::Digest& blob) const { return folder_ / blob.hex(); }

  fs::path folder_;
  ContentStore& content_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string> in_flight_;
  std::size_t fetching_ = 0;
  std::size_t most_ = 3;
};

}  // namespace mydock::image
