#include "engine/files/overlay_view.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "engine/files/image_view.h"

namespace mydock::engine {

namespace {

void set(const Fd& overlay, const char* key, const std::string& value) {
  check(::fsconfig(overlay.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0),
        "set overlay option {}", key);
}

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

// The root of an image without layers: there is nothing to overlay.
Root open_plain(const std::string& upper, bool read_only) {
  return Root(
      clone_mount({.source = upper, .subpath = {}, .read_only = read_only, .recursive = false}));
}

}  // namespace

Root open_writable_overlay(const image::OverlayMount& overlay, bool read_only) {
  if (overlay.lower.empty()) return open_plain(overlay.upper, read_only);
  const Fd context(check(::fsopen("overlay", FSOPEN_CLOEXEC), "open an overlay"));
  for (const std::string& layer : overlay.lower) set(context, "lowerdir+", layer);
  set(context, "upperdir", overlay.upper);
  set(context, "workdir", overlay.work);
  // As the container's own mount: what is written must be read the same way.
  for (const char* feature : {"index", "redirect_dir", "metacopy"}) set(context, feature, "off");
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "create an overlay");
  return Root(Fd(check(::fsmount(context.get(), FSMOUNT_CLOEXEC, attributes_of(read_only)),
                       "mount an overlay of {} layers", overlay.lower.size())));
}

Root open_readable_overlay(const image::OverlayMount& overlay) {
  if (overlay.lower.empty()) return open_plain(overlay.upper, true);
  std::vector<std::string> layers{overlay.upper};
  layers.insert(layers.end(), overlay.lower.begin(), overlay.lower.end());
  return open_layers(layers);
}

bool shows_directory(const BindView& bind) {
  struct stat status {};
  check(::fstat(open_source(bind).get(), &status), "stat {}", bind.source);
  return S_ISDIR(status.st_mode);
}

void attach_bind(const Fd& target, const BindView& bind) {
  const Fd tree = clone_mount(bind);
  if (::move_mount(tree.get(), "", target.get(), "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0) {
    return;
  }
  if (errno == EINVAL) {
    fail(Kind::not_implemented,
         "files of a stopped container with mounts can be reached from Linux 6.15 on");
  }
  fail_errno("mount {}", bind.source);
}

}  // namespace mydock::engine
