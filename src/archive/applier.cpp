#include "archive/applier.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "archive/directory.h"
#include "base/error.h"
#include "base/file.h"

namespace mydock::archive {

namespace {

constexpr std::size_t kMostParents = 24;
constexpr mode_t kImplicitMode = 0755;
// Of paths held in memory until the end; no image comes near.
constexpr std::size_t kMostPathBytes = std::size_t{64} << 20;

std::string_view parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view base_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// base/file.h removes by path; this names an entry of an open directory.
fs::path proc_path(const Fd& directory, const std::string& name) {
  return fmt::format("/proc/self/fd/{}/{}", directory.get(), name);
}

// A directory of that name would read as a whiteout when the layer is written out again.
void refuse_marked_parents(std::string_view path) {
  for (std::string_view rest = parent_path(path); !rest.empty(); rest = parent_path(rest)) {
    if (base_of(rest).starts_with(kWhiteoutPrefix)) {
      fail(Kind::invalid, "invalid name in the archive: a directory is named like a whiteout");
    }
  }
}

// The tree holds what the archive put there: a link that leads nowhere or in a circle, a file on
// the way, or one too large for the file system, is the archive's own fault.
bool is_archives_fault(int error) {
  return error == ENOENT || error == ELOOP || error == ENOTDIR || error == ENAMETOOLONG ||
         error == EISDIR || error == EFBIG;
}

template <class F>
void for_entry(const std::string& path, F&& body) {
  try {
    in_context(path, std::forward<F>(body));
  } catch (const Error& error) {
    if (error.kind() != Kind::system || !is_archives_fault(error.error_number())) throw;
    throw Error(Kind::invalid, error.message(), error.error_number());
  }
}

}  // namespace

const Fd* ParentCache::find(std::string_view path) {
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if (it->first != path) continue;
    if (it != kept_.begin()) kept_.splice(kept_.begin(), kept_, it);
    return &kept_.front().second;
  }
  return nullptr;
}

const Fd& ParentCache::add(std::string path, Fd fd) {
  if (kept_.size() == kMostParents) kept_.pop_back();
  kept_.emplace_front(std::move(path), std::move(fd));
  return kept_.front().second;
}

Applier::Applier(const Fd& directory, const ApplyOptions& options)
    : options_(options), root_(directory.duplicate()), privileged_(::geteuid() == 0) {}

void Applier::remember(std::string_view path) {
  if (options_.whiteouts != WhiteoutMode::remove) return;
  for (std::string_view part = path; !part.empty(); part = parent_path(part)) {
    if (!made_.emplace(part).second) return;
    made_bytes_ += part.size();
  }
  if (made_bytes_ > kMostPathBytes) fail(Kind::invalid, "the archive holds too many names");
}

const Fd& Applier::parent_of(const std::string& path) {
  const std::string_view parent = parent_path(path);
  if (parent.empty()) return root_.fd();
  if (const Fd* known = parents_.find(parent)) return *known;
  return parents_.add(std::string(parent), make_parents(std::string(parent)));
}

const Fd& Applier::existing_parent_of(const std::string& path) {
  const std::string_view parent = parent_path(path);
  if (parent.empty()) return root_.fd();
  if (const Fd* known = parents_.find(parent)) return *known;
  return parents_.add(std::string(parent), root_.open(parent, O_PATH | O_DIRECTORY));
}

// Component by component; what is not a directory on the way is replaced, unless a link. Only a
// link is looked up from the top: a deep path would cost its depth squared.
Fd Applier::make_parents(const std::string& path) {
  if (const auto status = root_.find(path); status && S_ISDIR(status->st_mode)) {
    return root_.open(path, O_PATH | O_DIRECTORY);
  }
  Fd above = root_.open("", O_PATH | O_DIRECTORY);
  for (std::size_t end = 0; end < path.size();) {
    const std::size_t begin = end == 0 ? 0 : end + 1;
    end = std::min(path.find('/', begin), path.size());
    const std::string prefix = path.substr(0, end);
    const std::string base = path.substr(begin, end - begin);
    struct stat status {};
    const int rc = ::fstatat(above.get(), base.c_str(), &status, AT_SYMLINK_NOFOLLOW);
    if (rc != 0 && errno != ENOENT) fail_errno("stat {}", prefix);
    if (rc == 0 && S_ISLNK(status.st_mode)) {
      above = root_.open(prefix, O_PATH | O_DIRECTORY);
      continue;
    }
    if (rc != 0 || !S_ISDIR(status.st_mode)) make_parent(above, prefix, base);
    above =
        Fd(check(::openat(above.get(), base.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                 "open {}", prefix));
  }
  return above;
}

void Applier::make_parent(const Fd& above, const std::string& path, const std::string& base) {
  const bool replaced = clear_way({above, base, path}, true);
  struct stat model {};
  model.st_mode = kImplicitMode;
  bool found = false;
  for (const Fd& lower : options_.lowers) {
    const auto status = Root(lower.duplicate()).find(path);
    if (!status) continue;
    found = S_ISDIR(status->st_mode);
    if (found) model = *status;
    break;
  }
  check(::mkdirat(above.get(), base.c_str(), 0700), "make directory {}", path);
  const Fd made(
      check(::openat(above.get(), base.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
            "open {}", path));
  if (found && options_.set_owner && privileged_) {
    check(::fchown(made.get(), model.st_uid, model.st_gid), "chown {}", path);
  }
  check(::fchmod(made.get(), model.st_mode & 07777), "chmod {}", path);
  if (replaced && options_.whiteouts == WhiteoutMode::overlay) set_opaque(made);
  remember(path);
}

std::string Applier::below_prefix(std::string path) const {
  return options_.prefix.empty() ? path : fmt::format("{}/{}", options_.prefix, path);
}

void Applier::apply(const Entry& entry, TarReader& reader) {
  if (options_.stop.stop_requested()) fail(Kind::cancelled, "unpacking was cancelled");
  ++stats_.entries;
  std::string path = path_of(entry.name);
  if (path.empty()) {
    make_top(entry);
    return;
  }
  path = below_prefix(std::move(path));
  if (options_.keep_kinds) refuse_other_kind(entry, path);
  const std::string base(base_of(path));
  const bool literal = options_.whiteouts == WhiteoutMode::literal;
  if (!literal) refuse_marked_parents(path);
  const Marked marked = literal ? Marked{} : read_mark(base);
  if (marked.mark == Mark::metadata) return;
  if (std::exchange(parents_stale_, false)) parents_.clear();
  for_entry(path, [&] {
    const Target target{parent_of(path), base, path};
    if (marked.mark == Mark::opaque) {
      apply_opaque(target);
    } else if (marked.mark == Mark::whiteout) {
      apply_whiteout(target, marked.hidden);
    } else {
      make(entry, reader, target);
      remember(path);
    }
  });
}

void Applier::apply_opaque(const Target& target) {
  const Fd directory(check(::openat(target.parent.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           "open a directory"));
  if (options_.whiteouts == WhiteoutMode::overlay) {
    set_opaque(directory);
  } else {
    clear_directory(directory, std::string(parent_path(target.path)));
  }
}

// A whiteout speaks of lower layers only: what this archive itself brought stays.
void Applier::apply_whiteout(const Target& target, const std::string& hidden) {
  const char* name = hidden.c_str();
  const int parent = target.parent.get();
  struct stat status {};
  const bool there = ::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (options_.whiteouts == WhiteoutMode::overlay) {
    if (!there) {
      check(::mknodat(parent, name, S_IFCHR, 0), "make a whiteout");
    } else if (S_ISDIR(status.st_mode)) {
      set_opaque(Fd(check(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                          "open {}", hidden)));
    }
    return;
  }
  const std::string_view above = parent_path(target.path);
  const std::string path = above.empty() ? hidden : fmt::format("{}/{}", above, hidden);
  if (!there) return;
  if (!made_.contains(path)) {
    parents_stale_ = true;
    remove_tree(proc_path(target.parent, hidden));
  }
}

// Removes what was there before this archive.
void Applier::clear_directory(const Fd& directory, const std::string& path) {
  for (const auto& [name, is_directory] : list_directory(directory)) {
    const std::string child = path.empty() ? name : path + "/" + name;
    if (!made_.contains(child)) {
      parents_stale_ = true;
      remove_tree(proc_path(directory, name));
    } else if (is_directory) {
      const Fd below(check(
          ::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
          "open {}", child));
      clear_directory(below, child);
    }
  }
}

void Applier::refuse_other_kind(const Entry& entry, const std::string& path) const {
  const auto status = root_.find(path);
  const bool to_directory = entry.type == EntryType::directory;
  if (!status || S_ISDIR(status->st_mode) == to_directory) return;
  fail(Kind::invalid, "cannot overwrite {} \"/{}\" with {} \"/{}\"",
       to_directory ? "non-directory" : "directory", path,
       to_directory ? "directory" : "non-directory", options_.prefix);
}

// Makes room for the entry. True: something that was no directory gave way.
bool Applier::clear_way(const Target& target, bool for_directory) {
  struct stat status {};
  if (::fstatat(target.parent.get(), target.base.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    fail_errno("stat");
  }
  const bool is_directory = S_ISDIR(status.st_mode);
  if (options_.keep_kinds && is_directory != for_directory) {
    fail(Kind::invalid, "it was exchanged meanwhile");
  }
  if (is_directory) {
    parents_stale_ = true;
    remove_tree(proc_path(target.parent, target.base));
  } else {
    check(::unlinkat(target.parent.get(), target.base.c_str(), 0), "remove what is there");
    if (S_ISLNK(status.st_mode)) parents_stale_ = true;
  }
  return !is_directory;
}

void Applier::defer(const Entry& entry, const std::string& path) {
  std::optional<mode_t> mode;
  // Another user than root could not fill it otherwise.
  if (!privileged_ && (entry.mode & 0700U) != 0700U) mode = entry.mode;
  deferred_.push_back({path, entry.mtime, mode});
  deferred_bytes_ += path.size() + sizeof(Deferred);
  if (deferred_bytes_ > kMostPathBytes)
    fail(Kind::invalid, "the archive holds too many directories");
}

}  // namespace mydock::archive
