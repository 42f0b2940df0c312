#include "image/content_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "oci/hasher.h"

namespace mydock::image {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

// The file is gone again unless keep() is called.
class NewFile {
 public:
  explicit NewFile(fs::path path)
      : path_(std::move(path)), fd_(open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const Fd& fd() const { return fd_; }
  fs::path keep() { return std::exchange(path_, fs::path()); }

 private:
  fs::path path_;
  Fd fd_;
};

void check_expected(const ContentStore::Expected& expected, const oci::Digest& digest,
                    std::uint64_t size) {
  if (expected.size && *expected.size != size) {
    fail(Kind::invalid, "unexpected size: got {} bytes, expected {}", size, *expected.size);
  }
  if (expected.digest && *expected.digest != digest) {
    fail(Kind::invalid, "unexpected digest: got {}, expected {}", digest.str(),
         expected.digest->str());
  }
}

}  // namespace

StagedBlob::StagedBlob(fs::path path, oci::Digest digest, std::uint64_t size)
    : path_(std::move(path)), digest_(std::move(digest)), size_(size) {}

StagedBlob::StagedBlob(StagedBlob&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())), digest_(other.digest_), size_(other.size_) {}

StagedBlob& StagedBlob::operator=(StagedBlob&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(digest_, other.digest_);
  std::swap(size_, other.size_);
  return *this;
}

StagedBlob::~StagedBlob() {
  if (!path_.empty() && ::unlink(path_.c_str()) != 0) {
    log::warn("remove {}: errno {}; left for the next start", path_.string(), errno);
  }
}

Fd StagedBlob::open() const { return open_file(path_, O_RDONLY); }

StagedBlob StagedBlob::link() const {
  const fs::path path = path_.parent_path() / random_hex(16);
  check(::link(path_.c_str(), path.c_str()), "link {} to {}", path_.string(), path.string());
  return {path, digest_, size_};
}

ContentStore::ContentStore(const fs::path& root)
    : blobs_(root / "blobs" / "sha256"), staging_(root / "staging") {
  make_directories(blobs_, 0700);
  remove_tree(staging_);
  make_directories(staging_, 0700);
}

StagedBlob ContentStore::stage(Source& from, const Expected& expected,
                               const std::stop_token& stop) {
  NewFile file(staging_ / random_hex(16));
  oci::Hasher hasher;
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t size = 0;
  while (const std::size_t got = from.read(buffer)) {
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    size += got;
    if (expected.size && size > *expected.size) {
      fail(Kind::invalid, "more than the expected {} bytes", *expected.size);
    }
    const ConstBytes piece = std::span(buffer).first(got);
    hasher.add(piece);
    write_all(file.fd(), piece);
  }
  oci::Digest digest = hasher.digest();
  check_expected(expected, digest, size);
  return {file.keep(), std::move(digest), size};
}

StagedBlob ContentStore::stage(const std::function<void(Sink&)>& write) {
  NewFile file(staging_ / random_hex(32));
  FdSink sink(file.fd().duplicate());
  oci::HashingSink hashed(sink);
  write(hashed);
  return {file.keep(), hashed.digest(), hashed.size()};
}

void ContentStore::adopt(StagedBlob&& staged, Durability durability) {
  StagedBlob mine = std::move(staged);
  if (contains(mine.digest_)) return;
  if (durability == Durability::synced) {
    const Fd fd = mine.open();
    check(::fsync(fd.get()), "fsync {}", mine.path_.string());
  }
  const fs::path path = path_of(mine.digest_);
  check(::rename(mine.path_.c_str(), path.c_str()), "rename {} to {}", mine.path_.string(),
        path.string());
  mine.path_.clear();
  if (durability == Durability::synced) sync_directory(blobs_);
}

oci::Digest ContentStore::ingest(Source& from, const Expected& expected,
                                 const std::stop_token& stop) {
  StagedBlob staged = stage(from, expected, stop);
  oci::Digest digest = staged.digest();
  adopt(std::move(staged));
  return digest;
}

oci::Digest ContentStore::ingest(std::string_view bytes, Durability durability) {
  TextSource source{std::string(bytes)};
  StagedBlob staged = stage(source, {}, {});
  oci::Digest digest = staged.digest();
  adopt(std::move(staged), durability);
  return digest;
}

void ContentStore::sync() const {
  const Fd fd = open_file(blobs_, O_RDONLY | O_DIRECTORY);
  check(::syncfs(fd.get()), "sync the file system of {}", blobs_.string());
}

bool ContentStore::contains(const oci::Digest& digest) const {
  struct stat info {};
  return digest.algorithm() == "sha256" && ::stat(path_of(digest).c_str(), &info) == 0;
}

std::optional<StagedBlob> ContentStore::find_staged(const oci::Digest& digest) const {
  if (!contains(digest)) return std::nullopt;
  const fs::path from = path_of(digest);
  const fs::path to = staging_ / random_hex(16);
  if (::link(from.c_str(), to.c_str()) != 0) {
    if (errno == ENOENT) return std::nullopt;  // removed in the very moment
    fail_errno("link {} to {}", from.string(), to.string());
  }
  struct stat info {};
  check(::stat(to.c_str(), &info), "stat {}", to.string());
  return StagedBlob(to, digest, static_cast<std::uint64_t>(info.st_size));
}

Fd ContentStore::open(const oci::Digest& digest) const {
  if (!contains(digest)) fail(Kind::not_found, "blob {} is not there", digest.str());
  return open_file(path_of(digest), O_RDONLY);
}

std::uint64_t ContentStore::size(const oci::Digest& digest) const {
  struct stat info {};
  check(::fstat(open(digest).get(), &info), "stat blob {}", digest.str());
  return static_cast<std::uint64_t>(info.st_size);
}

std::string ContentStore::read(const oci::Digest& digest, std::size_t limit) const {
  std::string bytes = read_to_end(open(digest), limit);
  if (oci::sha256_of(bytes) != digest) fail(Kind::invalid, "blob {} is damaged", digest.str());
  return bytes;
}

void ContentStore::remove(const oci::Digest& digest) {
  const fs::path path = path_of(digest);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_errno("remove {}", path.string());
}

std::vector<oci::Digest> ContentStore::list() const {
  std::vector<oci::Digest> found;
  for (const auto& entry : fs::directory_iterator(blobs_)) {
    if (auto digest = oci::Digest::find("sha256:" + entry.path().filename().string())) {
      found.push_back(std::move(*digest));
    }
  }
  return found;
}

fs::path ContentStore::path_of(const oci::Digest& digest) const { return blobs_ / digest.hex(); }

}  // namespace mydock::image
