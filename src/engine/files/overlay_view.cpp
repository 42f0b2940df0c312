#include "engine/files/overlay_view.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <functional>

#include "base/error.h"
#include "runtime/overlay.h"
#include "runtime/private_mounts.h"

namespace mydock::engine {

namespace {

unsigned attributes_of(bool read_only) {
  const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  return read_only ? attributes | MOUNT_ATTR_RDONLY : attributes;
}

Fd open_source(const BindView& bind) {
  if (bind.subpath.empty()) return open_file(bind.source, O_PATH);
  return Root::open(bind.source).open(bind.subpath, O_PATH);
}

Fd clone_mount(const BindView& bind) {
  const unsigned flag = bind.recursive ? AT_RECURSIVE : 0U;
  const Fd place = open_source(bind);
  Fd tree(check(
      ::open_tree(place.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flag),
      "open {}", bind.source));
  struct mount_attr attributes {};
  attributes.attr_set = attributes_of(bind.read_only);
  attributes.propagation = MS_PRIVATE;
  check(::mount_setattr(tree.get(), "", AT_EMPTY_PATH | flag, &attributes, sizeof attributes),
        "set mount attributes of {}", bind.source);
  return tree;
}

fs::path mount_layers(const runtime::OverlayParts& parts, const fs::path& target, bool read_only) {
  const unsigned long flags =
      MS_NOSUID | MS_NODEV | MS_NOEXEC | (read_only ? 1UL * MS_RDONLY : 0UL);
  runtime::mount_overlay(parts, target, flags);
  return target;
}

Root kept(const std::function<fs::path()>& build) {
  return Root(runtime::PrivateMounts(build).top().duplicate());
}

}  // namespace

fs::path mount_view(const image::OverlayMount& overlay, bool read_only) {
  const fs::path target = overlay.upper;
  if (overlay.lower.empty()) {  // the root of an image without layers: there is nothing to overlay
    const BindView itself{
        .source = overlay.upper, .subpath = {}, .read_only = read_only, .recursive = false};
    attach_bind(open_file(target, O_PATH), itself);
    return target;
  }
  if (!read_only) {
    return mount_layers({.lower = overlay.lower, .upper = overlay.upper, .work = overlay.work},
                        target, false);
  }
  std::vector<std::string> layers{overlay.upper};
  layers.insert(layers.end(), overlay.lower.begin(), overlay.lower.end());
  return mount_layers({.lower = layers, .upper = {}, .work = {}}, target, true);
}

Root open_writable_overlay(const image::OverlayMount& overlay) {
  return kept([&] { return mount_view(overlay, false); });
}

Root open_readable_overlay(const image::OverlayMount& overlay) {
  return kept([&] { return mount_view(overlay, true); });
}

Root open_layers(const std::vector<std::string>& layers) {
  if (layers.empty()) fail(Kind::invalid, "an image without layers has no files");
  if (layers.size() == 1) return Root::open(layers.front());
  return kept([&] {
    return mount_layers({.lower = layers, .upper = {}, .work = {}}, layers.front(), true);
  });
}

bool shows_directory(const BindView& bind) {
  struct stat status {};
  check(::fstat(open_source(bind).get(), &status), "stat {}", bind.source);
  return S_ISDIR(status.st_mode);
}

void attach_bind(const Fd& target, const BindView& bind) {
  const Fd tree = clone_mount(bind);
  check(::move_mount(tree.get(), "", target.get(), "",
                     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
        "mount {}", bind.source);
}

}  // namespace mydock::engine
