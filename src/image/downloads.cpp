#include "image/downloads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"

namespace mydock::image {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::chrono::hours kKept{7 * 24};

}  // namespace

Download::Download(fs::path path, const oci::Descriptor& blob)
    : path_(std::move(path)),
      fd_(open_file(path_, O_RDWR | O_CREAT, 0600)),
      digest_(blob.digest),
      size_(static_cast<std::uint64_t>(blob.size)) {
  std::vector<std::byte> buffer(kPiece);
  while (const std::size_t got = read_some(fd_, buffer)) {
    offset_ += got;
    if (offset_ > size_) {
      restart();
      return;
    }
    hasher_.add(std::span(buffer).first(got));
  }
}

void Download::append(ConstBytes bytes) {
  if (bytes.size() > size_ - offset_) {
    fail(Kind::invalid, "blob {}: more than the expected {} bytes", digest_.str(), size_);
  }
  write_all(fd_, bytes);
  hasher_.add(bytes);
  offset_ += bytes.size();
}

void Download::restart() {
  check(::ftruncate(fd_.get(), 0), "empty {}", path_.string());
  check(::lseek(fd_.get(), 0, SEEK_SET), "rewind {}", path_.string());
  hasher_ = oci::Hasher();
  offset_ = 0;
}

// One thread's right to a blob, and its place among those that fetch.
class Downloads::Turn {
 public:
  Turn(Downloads& owner, std::string blob, const std::stop_token& stop)
      : owner_(owner), blob_(std::move(blob)) {
    std::unique_lock lock(owner_.mutex_);
    const bool mine =
        owner_.changed_.wait(lock, stop, [this] { return !owner_.in_flight_.contains(blob_); });
    if (!mine || stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    owner_.in_flight_.insert(blob_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.in_flight_.erase(blob_);
    if (fetches_) --owner_.fetching_;
    owner_.changed_.notify_all();
  }
  void wait_to_fetch(const std::stop_token& stop) {
    std::unique_lock lock(owner_.mutex_);
    const bool mine =
        owner_.changed_.wait(lock, stop, [this] { return owner_.fetching_ < owner_.most_; });
    if (!mine || stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    ++owner_.fetching_;
    fetches_ = true;
  }

 private:
  Downloads& owner_;
  std::string blob_;
  bool fetches_ = false;
};

Downloads::Downloads(const fs::path& root, ContentStore& content)
    : folder_(root / "downloads"), content_(content) {
  make_directories(folder_, 0700);
}

void Downloads::set_most(std::size_t most) {
  const std::lock_guard lock(mutex_);
  most_ = most == 0 ? 1 : most;
  changed_.notify_all();
}

StagedBlob Downloads::link(const oci::Descriptor& blob) const {
  const fs::path from = path_of(blob.digest);
  const fs::path to = content_.staging() / random_hex(16);
  check(::link(from.c_str(), to.c_str()), "link {} to {}", from.string(), to.string());
  return {to, blob.digest, static_cast<std::uint64_t>(blob.size)};
}

StagedBlob Downloads::bring(const oci::Descriptor& blob, const Fetch& fetch,
                            const std::stop_token& stop) {
  if (blob.digest.algorithm() != "sha256") {
    fail(Kind::not_implemented, "blob {}: digests other than sha256", blob.digest.str());
  }
  Turn turn(*this, blob.digest.str(), stop);
  if (auto there = content_.find_staged(blob.digest)) return std::move(*there);
  Download download(path_of(blob.digest), blob);
  const bool resumed = download.offset() > 0;
  if (!download.is_whole()) {
    turn.wait_to_fetch(stop);
    fetch(download);
  }
  if (resumed && !download.matches()) {
    download.restart();  // what had been kept may have been the damaged part
    fetch(download);
  }
  if (!download.is_whole() || !download.matches()) {
    drop(blob.digest);
    fail(Kind::invalid, "filesystem layer verification failed for digest {}", blob.digest.str());
  }
  return link(blob);
}

void Downloads::drop(const oci::Digest& blob) {
  const fs::path path = path_of(blob);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    log::warn("remove {}: errno {}; left for later", path.string(), errno);
  }
}

void Downloads::recover() {
  const auto oldest = std::chrono::system_clock::now() - kKept;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    struct stat info {};
    if (::stat(entry.path().c_str(), &info) != 0) continue;
    if (std::chrono::system_clock::from_time_t(info.st_mtime) < oldest) remove_tree(entry.path());
  }
}

}  // namespace mydock::image
