#include "build/run_mounts.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "build/tree.h"

namespace mydock::build {

namespace {

// Only one build at a time, or only itself, has a cache directory whose sharing asks for that.
bool try_lock(const Fd& directory, bool exclusive) {
  if (::flock(directory.get(), (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) fail_errno("lock a cache mount");
  return false;
}

std::string real_source(const Root& root, const std::string& source) {
  try {
    return root.real_path(source.empty() ? "/" : source);
  } catch (const Error& error) {
    if (error.error_number() != ENOENT && error.error_number() != ENOTDIR) throw;
    fail(Kind::not_found, "failed to compute cache key: \"{}\": not found", source);
  }
}

}  // namespace

RunMounts::~RunMounts() {
  for (const fs::path& path : made_) {
    try {
      remove_tree(path);
    } catch (const std::exception& error) {
      log::warn("remove {}: {}; left for the next start", path.string(), error.what());
    }
  }
}

void RunMounts::add(const MountFlag& mount, const std::optional<Tree>& tree) {
  switch (mount.type) {
    case MountFlag::Type::bind:
      return add_bind(mount, tree);
    case MountFlag::Type::cache:
      return add_cache(mount, tree);
    case MountFlag::Type::secret:
      return add_secret(mount);
    case MountFlag::Type::tmpfs:
      key_.push_back(fmt::format("tmpfs {} {}", mount.target, mount.size));
      mounts_.push_back({StepMount::Kind::tmpfs, "", mount.target, false, mount.size});
  }
}

// What it writes is thrown away, so it writes to a copy.
void RunMounts::add_bind(const MountFlag& mount, const std::optional<Tree>& tree) {
  const Root context = Root::open(request_.context);
  const Root& root = tree ? tree->root : context;
  const std::string source = real_source(root, mount.source);
  oci::Hasher hasher;
  if (source == "/") {
    hash_tree(root.fd(), ".", {}, hasher, stop_);
  } else {
    const Root::Place place = root.locate(source);
    hash_tree(place.parent, place.name, {}, hasher, stop_);
  }
  key_.push_back(
      fmt::format("bind {} {} {}", mount.target, mount.read_only, hasher.digest().str()));
  const fs::path directory = tree ? fs::path(tree->directory) : request_.context;
  const fs::path path = mount.read_only && !directory.empty()
                            ? directory / fs::path(source).relative_path()
                            : copy_of(root, source);
  mounts_.push_back({StepMount::Kind::bind, path.string(), mount.target, mount.read_only, 0});
}

void RunMounts::add_cache(const MountFlag& mount, const std::optional<Tree>& tree) {
  key_.push_back(fmt::format("cache {} {}", mount.target, mount.id));
  // Hashed: an id is no path.
  const fs::path directory = request_.cache_mounts / std::string(oci::sha256_of(mount.id).hex());
  fs::path used = directory;
  const auto make = [&](const fs::path& path) {
    make_directories(path, 0700);
    check(::chown(path.c_str(), mount.uid, mount.gid), "chown {}", path.string());
    check(::chmod(path.c_str(), mount.mode.value_or(0755)), "chmod {}", path.string());
    if (!tree) return;
    const std::string source = real_source(tree->root, mount.source);
    TreeCopier(TreeChanges{}, stop_)
        .copy_contents(tree->root.open(source, O_RDONLY | O_DIRECTORY),
                       open_file(path, O_RDONLY | O_DIRECTORY));
  };
  if (!fs::exists(directory)) make(directory);
  Fd lock = open_file(directory, O_RDONLY | O_DIRECTORY);
  const bool exclusive = mount.sharing == "private" || mount.sharing == "locked";
  while (!try_lock(lock, exclusive)) {
    if (mount.sharing == "private") {  // an empty one of its own
      used = request_.copies / random_hex(16);
      make(used);
      made_.push_back(used);
      break;
    }
    // Another build has it: its end is not told, so look again in a moment.
    static_cast<void>(wait_for(-1, 0, stop_, deadline_after(std::chrono::milliseconds(20))));
  }
  locks_.push_back(std::move(lock));
  mounts_.push_back({StepMount::Kind::bind, used.string(), mount.target, mount.read_only, 0});
}

void RunMounts::add_secret(const MountFlag& mount) {
  key_.push_back(fmt::format("secret {} {} {}", mount.id, mount.target, mount.env));
  const auto secret = request_.secrets.find(mount.id);
  if (secret == request_.secrets.end()) {
    if (mount.required) fail(Kind::not_found, "secret {}: not found", mount.id);
    return;
  }
  if (!mount.env.empty()) env_.push_back(mount.env + "=" + secret->second);
  if (mount.target.empty()) return;
  const fs::path path = new_file(secret->second, mount.mode.value_or(0400), mount.uid, mount.gid);
  mounts_.push_back({StepMount::Kind::bind, path.string(), mount.target, true, 0});
}

std::string RunMounts::add_script(const std::string& name, const std::string& content) {
  const std::string target =
      "/dev/pipes/" + std::string(oci::sha256_of(name + content).hex().substr(0, 16));
  const fs::path path = new_file(content, 0755, 0, 0);
  mounts_.push_back({StepMount::Kind::bind, path.string(), target, true, 0});
  return target;
}

// On a tmpfs: what is in it never reaches a disk.
fs::path RunMounts::new_file(std::string_view content, mode_t mode, std::uint32_t uid,
                             std::uint32_t gid) {
  const fs::path path = request_.scratch / random_hex(16);
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  made_.push_back(path);
  write_all(file, content);
  check(::fchown(file.get(), uid, gid), "chown {}", path.string());
  check(::fchmod(file.get(), mode), "chmod {}", path.string());
  return path;
}

fs::path RunMounts::copy_of(const Root& root, const std::string& path) {
  const fs::path parent = request_.copies / random_hex(16);
  make_directories(parent, 0700);
  made_.push_back(parent);
  const Fd into = open_file(parent, O_RDONLY | O_DIRECTORY);
  const TreeChanges as_it_is;
  TreeCopier copier(as_it_is, stop_);
  if (path == "/") {
    copier.copy(root.fd(), ".", into, "files");
  } else {
    const Root::Place place = root.locate(path);
    copier.copy(place.parent, place.name, into, "files");
  }
  return parent / "files";
}

MountPoints::MountPoints(const std::vector<StepMount>& mounts, const std::optional<Root>& lower) {
  std::set<std::string> missing;
  for (const StepMount& mount : mounts) {
    fs::path real = "/";
    bool there = lower.has_value();
    for (const fs::path& part : fs::path(mount.target).relative_path()) {
      if (there && lower->find((real / part).string())) {
        try {
          real = lower->real_path((real / part).string());
          continue;
        } catch (const Error& error) {  // a link to nowhere: what it names is made
          if (error.error_number() != ENOENT) throw;
        }
      }
      there = false;
      real /= part;
      missing.insert(real.string());
    }
  }
  missing_.assign(missing.rbegin(), missing.rend());
}

void MountPoints::clear(const fs::path& upper) const {
  const Root root = Root::open(upper);
  for (const std::string& path : missing_) {
    const auto status = root.find(path);
    if (!status) continue;
    const Root::Place place = root.locate(path);
    const bool directory = S_ISDIR(status->st_mode);
    if (!directory && (!S_ISREG(status->st_mode) || status->st_size != 0)) continue;
    if (::unlinkat(place.parent.get(), place.name.c_str(), directory ? AT_REMOVEDIR : 0) != 0 &&
        errno != ENOTEMPTY && errno != EEXIST) {
      fail_errno("remove {}", path);
    }
  }
}

}  // namespace mydock::build
