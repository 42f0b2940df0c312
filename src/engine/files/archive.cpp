#include <fcntl.h>
#include <sys/stat.h>

#include <set>

#include "archive/apply.h"
#include "archive/compression.h"
#include "archive/diff.h"
#include "base/error.h"
#include "engine/container_files.h"
#include "engine/files/container_path.h"
#include "engine/files/container_root.h"
#include "engine/files/matches.h"
#include "runtime/user.h"

namespace mydock::engine {

namespace {

// ENOENT inside the container becomes Docker's 404.
template <class F>
auto finding(std::string_view ref, std::string_view path, F&& body) {
  try {
    return std::forward<F>(body)();
  } catch (const Error& error) {
    if (error.kind() != Kind::system || error.error_number() != ENOENT) throw;
    throw Error(Kind::not_found,
                fmt::format("Could not find the file {} in container {}", path, ref), ENOENT);
  }
}

// Kernel's refusal first where it has one: these are Docker's words for what it would refuse.
void require_writable(const ContainerRoot& files, const Record& record, const std::string& path) {
  const ContainerMount* mount = files.mount_of(path);
  if (mount != nullptr && mount->read_only) {
    fail(Kind::invalid, "mounted volume is marked read-only");
  }
  if (mount == nullptr && record.host_config().readonly_rootfs) {
    fail(Kind::invalid, "container rootfs is marked read-only");
  }
}

std::string directory_for(const Root& root, const std::string& clean) {
  std::string path = root.real_path(clean);
  const auto status = root.find(path);
  if (!status) throw_errno(ENOENT, "open " + path);
  if (!S_ISDIR(status->st_mode)) fail(Kind::invalid, "extraction point is not a directory");
  return path;
}

void refuse_equal_names(const std::vector<std::string>& paths) {
  std::set<std::string> names;
  for (const std::string& path : paths) {
    if (names.insert(base_name(path)).second) continue;
    fail(Kind::invalid, "two of the files that match are named {}", base_name(path));
  }
}

archive::Owner owner_of(const Root& root, const Record& record) {
  const runtime::ResolvedUser resolved = runtime::resolve_user(root, record.config().user, {});
  return {.uid = resolved.user.uid, .gid = resolved.user.gid};
}

}  // namespace

api::PathStat ContainerFiles::stat(std::string_view ref, std::string_view path) {
  const std::shared_ptr<Container> container = parts_.table.get(ref);
  const auto files =
      ContainerRoot::open(parts_, container, ContainerRoot::Access::read, parts_.stopping);
  const std::string clean = clean_path(path);
  return finding(ref, path, [&] {
    files->require_reachable(resolve_in(files->root(), clean));
    return stat_in(files->root(), clean);
  });
}

ContainerFiles::Archive::Archive() = default;
ContainerFiles::Archive::Archive(Archive&&) noexcept = default;
ContainerFiles::Archive::~Archive() = default;

ContainerFiles::Archive ContainerFiles::prepare_archive(std::string_view ref,
                                                        std::string_view path) {
  const std::shared_ptr<Container> container = parts_.table.get(ref);
  Archive archive;
  archive.root_ =
      ContainerRoot::open(parts_, container, ContainerRoot::Access::read, parts_.stopping);
  const std::string clean = clean_path(path);
  archive.stat_ = finding(ref, path, [&] {
    archive.root_->require_reachable(resolve_in(archive.root_->root(), clean));
    return stat_in(archive.root_->root(), clean);
  });
  archive.paths_ = {clean};
  const RecordPtr record = container->record();
  parts_.events.publish("container", "archive-path", record->id(), event_attributes(*record));
  return archive;
}

ContainerFiles::Archive ContainerFiles::prepare_matches(std::string_view ref,
                                                        std::string_view pattern) {
  const std::shared_ptr<Container> container = parts_.table.get(ref);
  Archive archive;
  archive.root_ =
      ContainerRoot::open(parts_, container, ContainerRoot::Access::read, parts_.stopping);
  archive.paths_ = find_matches(archive.root_->root(), clean_path(pattern));
  if (archive.paths_.empty()) {
    fail(Kind::not_found, "No files match {} in container {}", pattern, ref);
  }
  refuse_equal_names(archive.paths_);
  archive.stat_ = stat_in(archive.root_->root(), archive.paths_.front());
  const RecordPtr record = container->record();
  parts_.events.publish("container", "archive-path", record->id(), event_attributes(*record));
  return archive;
}

// The names begin with the last part of the path as it was asked for, whatever a link made of it.
void ContainerFiles::Archive::run(Sink& out, const std::stop_token& stop) {
  std::vector<archive::NamedPath> members;
  for (const std::string& path : paths_) members.push_back({.path = path, .name = base_name(path)});
  archive::write_paths(root_->root(), members, out, stop);
}

void ContainerFiles::put(std::string_view ref, std::string_view path, Source& tar,
                         const PutOptions& options, const std::stop_token& stop) {
  const std::shared_ptr<Container> container = parts_.table.get(ref);
  const auto files =
      ContainerRoot::open(parts_, container, ContainerRoot::Access::write, parts_.stopping);
  const RecordPtr record = container->record();
  const std::string directory =
      finding(ref, path, [&] { return directory_for(files->root(), clean_path(path)); });
  files->require_reachable(directory);
  require_writable(*files, *record, directory);
  archive::ApplyOptions apply;
  apply.whiteouts = archive::WhiteoutMode::literal;
  apply.keep_kinds = options.keep_kinds;
  if (options.copy_owner) apply.owner = owner_of(files->root(), *record);
  apply.prefix = directory.substr(1);
  apply.stop = stop;
  archive::Decompressor plain(tar);
  archive::apply_layer(plain, files->root().fd(), apply);
  parts_.events.publish("container", "extract-to-dir", record->id(), event_attributes(*record));
}

ContainerFiles::Export::Export(std::unique_ptr<ContainerRoot> root) : root_(std::move(root)) {}
ContainerFiles::Export::Export(Export&&) noexcept = default;
ContainerFiles::Export::~Export() = default;

ContainerFiles::Export ContainerFiles::prepare_export(std::string_view ref) {
  const std::shared_ptr<Container> container = parts_.table.get(ref);
  const RecordPtr record = container->record();
  if (is_doomed(record->status.state)) {
    fail(Kind::conflict, "You cannot export container {} which is {}", record->id(),
         shown_state(*record));
  }
  Export result(ContainerRoot::open_bare(parts_, *container));
  parts_.events.publish("container", "export", record->id(), event_attributes(*record));
  return result;
}

void ContainerFiles::Export::run(Sink& out, const std::stop_token& stop) {
  archive::TreeOptions options;
  options.stop = stop;
  archive::write_tree(root_->root().fd(), out, options);
}

}  // namespace mydock::engine
