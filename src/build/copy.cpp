#include "build/copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "archive/apply.h"
#include "archive/compression.h"
#include "archive/directory.h"
#include "archive/tar_reader.h"
#include "base/error.h"

namespace mydock::build {

namespace {

// Relative, clean, and ".." does not lead above the top.
std::string below_top(std::string_view written) {
  std::string path =
      (fs::path("/") / fs::path(written).relative_path()).lexically_normal().string();
  path.erase(0, 1);
  while (path.ends_with('/')) path.pop_back();
  return path;
}

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

bool is_directory(const Root& root, const std::string& path) {
  const auto status = root.find(path);
  return status && S_ISDIR(status->st_mode);
}

// With its last link followed; no value: not there.
std::optional<std::string> resolved(const Root& root, const std::string& path) {
  try {
    std::string real = root.real_path(path);
    real.erase(0, real.find_first_not_of('/'));
    return real;
  } catch (const Error& error) {
    if (error.error_number() == ENOENT || error.error_number() == ENOTDIR) return std::nullopt;
    throw;
  }
}

Fd open_directory(const Root& root, const std::string& path) {
  return root.open(path.empty() ? "/" : path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

void visit_paths(const Fd& directory, const std::string& above,
                 const std::function<void(const std::string&)>& visit, int depth) {
  constexpr int kDeepest = 400;
  if (depth > kDeepest) fail(Kind::invalid, "the tree is deeper than {} directories", kDeepest);
  for (const auto& item : archive::list_directory(directory)) {
    const std::string path = above.empty() ? item.name : above + "/" + item.name;
    visit(path);
    if (!item.is_directory) continue;
    visit_paths(open_at(directory, item.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path, visit,
                depth + 1);
  }
}

void refuse_remote(const CopyOrder& order, const std::string& source) {
  const bool url = source.starts_with("http://") || source.starts_with("https://");
  const bool git =
      source.starts_with("git@") || source.starts_with("git://") || source.starts_with("ssh://");
  if (!url && !git) return;
  if (order.keyword == "COPY") {
    fail(Kind::invalid, "source can't be a {} for COPY", git ? "git ref" : "URL");
  }
  fail(Kind::not_implemented, "ADD from {} is not implemented yet",
       git ? "a git repository" : "a URL");
}

}  // namespace

std::string resolve_destination(const Root& tree, std::string_view path) {
  constexpr int kMostLinks = 255;
  std::vector<std::string> left;  // the next part is the last
  const auto push = [&](const fs::path& more) {
    std::vector<std::string> parts;
    for (const fs::path& part : more.relative_path()) {
      if (!part.empty() && part != ".") parts.push_back(part.string());
    }
    left.insert(left.end(), parts.rbegin(), parts.rend());
  };
  push(fs::path(path));
  fs::path real = "/";
  for (int links = 0; !left.empty();) {
    const std::string part = std::move(left.back());
    left.pop_back();
    if (part == "..") {
      real = real.parent_path();
      continue;
    }
    const std::string next = (real / part).string();
    const auto status = tree.find(next);
    if (!status || !S_ISLNK(status->st_mode)) {
      real = next;
      continue;
    }
    if (++links > kMostLinks) fail(Kind::invalid, "{}: too many levels of symbolic links", path);
    const fs::path target = tree.read_link(next);
    if (target.is_absolute()) real = "/";
    push(target);
  }
  return real.string();
}

CopyPlan::CopyPlan(CopyOrder order, const Root& source)
    : order_(std::move(order)), source_(source) {
  for (const std::string& written : order_.sources) {
    refuse_remote(order_, written);
    find(written);
  }
  const std::size_t count = found_.size() + order_.inline_files.size();
  if (count == 0) fail(Kind::invalid, "{} failed: no source files were specified", order_.keyword);
  const bool to_directory = order_.destination.ends_with('/') || order_.destination.ends_with("/.");
  if (count > 1 && !to_directory && !order_.keep_parents) {
    fail(Kind::invalid,
         "When using {} with more than one source file, the destination must be a directory and "
         "end with a /",
         order_.keyword);
  }
}

void CopyPlan::find(const std::string& written) {
  std::string path = below_top(written);
  std::size_t pivot = 0;
  if (order_.keep_parents) {
    if (const auto at = written.find("/./"); at != std::string::npos) {
      const std::string base = below_top(std::string_view(written).substr(0, at));
      pivot = base.empty() ? 0 : base.size() + 1;
    }
  }
  if (is_pattern(path)) return find_by_pattern(path, pivot);
  const auto real = resolved(source_, path);
  if (!real) {
    if (order_.from_context) {
      fail(Kind::not_found,
           "{} failed: file not found in build context or excluded by .dockerignore: stat {}: "
           "file does not exist",
           order_.keyword, path);
    }
    fail(Kind::not_found, "{} failed: stat {}: file does not exist", order_.keyword, path);
  }
  add(path, pivot);
}

void CopyPlan::find_by_pattern(const std::string& pattern, std::size_t pivot) {
  const auto stars = order_.keep_parents ? archive::Stars::across : archive::Stars::single;
  std::vector<std::string> matches;
  visit_paths(
      open_directory(source_, ""), "",
      [&](const std::string& path) {
        if (archive::glob_match(pattern, path, stars)) matches.push_back(path);
      },
      0);
  for (const std::string& path : matches) {
    if (resolved(source_, path)) add(path, pivot);
  }
}

void CopyPlan::add(const std::string& path, std::size_t pivot) {
  Found found;
  found.path = resolved(source_, path).value_or(path);
  found.name = fs::path(path).filename().string();
  found.directory = found.path.empty() || is_directory(source_, found.path);
  found.relative = pivot < path.size() ? path.substr(pivot) : "";
  if (!found.directory && order_.changes.leave_out.ignores(found.name)) return;
  found.archive = order_.unpack && !found.directory && is_archive(found.path);
  found_.push_back(std::move(found));
}

bool CopyPlan::is_archive(const std::string& path) const {
  const auto status = source_.find(path);
  if (!status || !S_ISREG(status->st_mode)) return false;
  try {
    FdSource file(source_.open(path, O_RDONLY | O_NOFOLLOW));
    archive::Decompressor unpacked(file);
    archive::TarReader reader(unpacked);
    return reader.next() != nullptr;
  } catch (const Error& error) {  // some other file
    if (error.kind() != Kind::invalid) throw;
    return false;
  }
}

std::string CopyPlan::kind() const {
  if (found_.size() + order_.inline_files.size() > 1) return "multi";
  return found_.empty() || !found_.front().directory ? "file" : "dir";
}

oci::Digest CopyPlan::digest(const std::stop_token& stop) const {
  oci::Hasher hasher;
  const auto add_text = [&](std::string_view text) {
    hasher.add(as_bytes(std::to_string(text.size()) + ":"));
    hasher.add(as_bytes(text));
  };
  for (const Found& found : found_) {
    add_text(found.directory ? "" : found.name);
    add_text(found.relative);
    if (found.path.empty()) {
      hash_tree(source_.fd(), ".", order_.changes, hasher, stop);
      continue;
    }
    const Root::Place place = source_.locate(found.path);
    hash_tree(place.parent, place.name, order_.changes, hasher, stop);
  }
  for (const Heredoc& file : order_.inline_files) {
    add_text(file.name);
    add_text(file.content);
    const FileOwner owner = order_.changes.owner.value_or(FileOwner{});
    const mode_t mode = order_.changes.mode ? order_.changes.mode->apply(0644, false) : 0644;
    add_text(fmt::format("{} {} {:o}", owner.uid, owner.gid, mode));
  }
  return hasher.digest();
}

// mkdir -p; those that are made get the owner that the copy gives.
Fd CopyPlan::make_directories(const Root& target, const std::string& path) const {
  if (!order_.changes.owner || (order_.changes.owner->uid == 0 && order_.changes.owner->gid == 0)) {
    return target.make_directories(path, 0755);
  }
  const FileOwner& owner = *order_.changes.owner;
  fs::path made;
  Fd last = target.make_directories("/", 0755);
  for (const fs::path& part : fs::path(path).relative_path()) {
    if (part.empty()) continue;
    made /= part;
    const bool there = resolved(target, made.string()).has_value();
    last = target.make_directories(made.string(), 0755);
    if (!there) {
      const Fd directory = target.open(made.string(), O_RDONLY | O_DIRECTORY);
      check(::fchown(directory.get(), owner.uid, owner.gid), "change the owner of {}",
            made.string());
    }
  }
  return last;
}

void CopyPlan::run(const Root& target, const std::stop_token& stop) const {
  for (const Found& found : found_) {
    TreeCopier copier(order_.changes, stop);  // hard links are kept within one source
    run_one(found, target, copier, stop);
  }
  for (const Heredoc& file : order_.inline_files) write_inline(file, target);
}

void CopyPlan::run_one(const Found& found, const Root& target, TreeCopier& copier,
                       const std::stop_token& stop) const {
  std::string to = order_.destination;
  if (order_.keep_parents) {
    to = (fs::path(to) / found.relative).string();
  }
  if (found.directory) return run_directory(found, target, to, copier);
  if (found.archive) return unpack(found, target, to, stop);
  if (!order_.keep_parents) {
    const bool directory = to.ends_with('/') || to.ends_with("/.") ||
                           is_directory(target, resolve_destination(target, to));
    if (directory) to = (fs::path(to) / found.name).string();
  }
  // A link at the end is followed too, inside the tree.
  const fs::path clean = resolve_destination(target, to);
  const Fd parent = make_directories(target, clean.parent_path().string());
  const Root::Place place = source_.locate(found.path);
  copier.copy(place.parent, place.name, parent, clean.filename().string());
}

void CopyPlan::run_directory(const Found& found, const Root& target, const std::string& to,
                             TreeCopier& copier) const {
  const std::string real = resolve_destination(target, to);
  const auto there = target.find(real);
  if (there && !S_ISDIR(there->st_mode)) {
    fail(Kind::invalid, "cannot copy to non-directory: {}", to);
  }
  make_directories(target, real);
  const Fd copy = target.open(real, O_RDONLY | O_DIRECTORY);
  const Fd source = open_directory(source_, found.path);
  copier.copy_contents(source, copy);
}

void CopyPlan::unpack(const Found& found, const Root& target, const std::string& to,
                      const std::stop_token& stop) const {
  const std::string real = resolve_destination(target, to);
  const auto there = target.find(real);
  if (there && !S_ISDIR(there->st_mode)) {
    fail(Kind::invalid, "cannot unpack to non-directory: {}", to);
  }
  target.make_directories(real, 0755);
  const Fd directory = target.open(real, O_RDONLY | O_DIRECTORY);
  FdSource file(source_.open(found.path, O_RDONLY | O_NOFOLLOW));
  archive::Decompressor tar(file);
  archive::ApplyOptions options;
  options.whiteouts = archive::WhiteoutMode::literal;
  options.stop = stop;
  archive::apply_layer(tar, directory, options);
}

void CopyPlan::write_inline(const Heredoc& file, const Root& target) const {
  std::string to = order_.destination;
  if (to.ends_with('/') || is_directory(target, resolve_destination(target, to))) {
    to = (fs::path(to) / file.name).string();
  }
  const fs::path clean = resolve_destination(target, to);
  const Fd parent = make_directories(target, clean.parent_path().string());
  const std::string name = clean.filename().string();
  remove_at(parent, name);
  const Fd made(check(::openat(parent.get(), name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644),
                      "create {}", to));
  write_all(made, file.content);
  const FileOwner owner = order_.changes.owner.value_or(FileOwner{});
  check(::fchown(made.get(), owner.uid, owner.gid), "change the owner of {}", to);
  const mode_t mode = order_.changes.mode ? order_.changes.mode->apply(0644, false) : 0644;
  check(::fchmod(made.get(), mode), "change the mode of {}", to);
}

}  // namespace mydock::build
