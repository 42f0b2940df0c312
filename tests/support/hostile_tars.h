#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/tar_builder.h"

namespace mydock::test {

// Archives that try to reach "canary" one and two directories above the target, or to break the
// applier. Whether they are refused or without effect: nothing outside may change.
struct HostileTar {
  const char* name;
  std::string tar;
  std::optional<bool> refused;  // none: the file system decides
};

inline std::vector<HostileTar> hostile_tars(const std::string& top) {
  using T = TarBuilder;
  const std::string canary = top + "/canary";
  T loop;
  for (int i = 0; i < 41; ++i) loop.symlink(fmt::format("l{}", i), fmt::format("l{}", i + 1));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "d/";
  return {
      // names
      {"dot-dot", T().file("../canary").done(), true},
      {"dot-dot twice", T().file("../../canary").done(), true},
      {"dot-dot inside", T().file("a/../../canary").done(), true},
      {"only dot-dot", T().directory("..").done(), true},
      {"absolute", T().file(canary).done(), false},
      {"absolute dot-dot", T().file("/../canary").done(), true},
      {"empty parts", T().file("a/./b/.//c").done(), false},
      {"a long part", T().pax("path", std::string(256, 'n')).file("x").done(), true},
      {"bytes that are not UTF-8", T().file("\xff\xfe\n\x1b[2J").done(), false},
      {"slash after a file", T().add({.name = "f/"}, "x").done(), false},
      {"a file as the top", T().file("./").done(), true},
      {"deep", T().pax("path", deep).directory("x").done(), false},
      // symbolic links
      {"through a link to /", T().symlink("a", "/").file("a/canary").done(), false},
      {"through a link up", T().symlink("a", "../..").file("a/canary").done(), false},
      {"through an absolute link", T().symlink("a", top).file("a/canary").done(), true},
      {"through a link to a directory",
       T().symlink("a", top + "/canary_dir").file("a/sub/file").done(), true},
      {"a loop", T().symlink("a", "b").symlink("b", "a").file("a/canary").done(), true},
      {"a chain of 41", loop.file("l0/canary").done(), true},
      {"file over a link", T().symlink("a", "../canary").file("a", "dead").done(), false},
      {"link over a link", T().symlink("a", "../canary").symlink("a", "../../canary").done(),
       false},
      {"directory over a link",
       T().symlink("a", "../../canary_dir").directory("a").file("a/sub").done(), false},
      {"link, directory, file", T().symlink("a", "..").directory("a").file("a", "x").done(), false},
      {"directory, then link, then member",
       T().directory("a").file("a/x").symlink("a", "..").file("a/canary", "dead").done(), false},
      {"link without target", T().symlink("a", "").done(), true},
      // hard links
      {"hard link up", T().hard_link("h", "../canary").file("h", "dead").done(), true},
      {"hard link, absolute", T().hard_link("h", canary).done(), true},
      {"hard link through a link",
       T().symlink("a", "../..").hard_link("h", "a/canary").file("h", "dead").done(), true},
      {"hard link to a link that leads out",
       T().symlink("a", "../canary").hard_link("h", "a").done(), false},
      {"hard link, then content",
       T().symlink("a", "../canary").hard_link("h", "a").file("h", "dead").done(), false},
      {"hard link to a directory", T().directory("d").hard_link("h", "d").done(), true},
      {"hard link to itself", T().file("h", "x").hard_link("h", "h").done(), false},
      {"hard link to nothing", T().hard_link("h", "missing").done(), true},
      {"hard link to the top", T().hard_link("h", "/").done(), true},
      {"hard link to a fifo", T().add({.name = "p", .type = '6'}).hard_link("h", "p").done(), true},
      // one kind over another
      {"file over a directory", T().directory("d").file("d/x").file("d", "x").done(), false},
      {"same path often",
       [] {
         T t;
         for (int i = 0; i < 500; ++i) t.file("same");
         return t.done();
       }(),
       false},
      // numbers
      {"mode with all bits",
       T().add({.name = "f", .mode = std::string("\x80\0\0\0\xff\xff\xff\xff", 8)}).done(), false},
      {"mtime -1", T().add({.name = "f", .mtime = std::string(12, '\xff')}).done(), false},
      {"mtime 2^62",
       T().add({.name = "f", .mtime = std::string("\x80\0\0\0\x40\0\0\0\0\0\0\0", 12)}).done(),
       false},
      {"negative size", T().add({.name = "f", .size = std::string(12, '\xff')}).done(), true},
      {"sparse of 2^62",
       T().pax_raw(T::record("GNU.sparse.size", "4611686018427387904") +
                   T::record("GNU.sparse.map", "4611686018427387900,1"))
           .file("f")
           .done(),
       std::nullopt},
      // xattrs
      {"overlay xattrs",
       T().pax_raw(T::record("SCHILY.xattr.trusted.overlay.opaque", "y") +
                   T::record("SCHILY.xattr.trusted.overlay.redirect", "/..") +
                   T::record("SCHILY.xattr.user.overlay.opaque", "y") +
                   T::record("SCHILY.xattr.security.selinux", "x"))
           .directory("d")
           .done(),
       false},
      {"malformed capability", T().pax("SCHILY.xattr.security.capability", "bad").file("f").done(),
       true},
      {"capability of a wrong size",
       T().pax("SCHILY.xattr.security.capability", std::string("\0\0\0\x02"
                                                               "1234",
                                                               8))
           .file("f")
           .done(),
       true},
      // types
      {"volume header", T().add({.name = "v", .type = 'V'}).done(), true},
      {"socket-like type", T().add({.name = "s", .type = 's'}).done(), true},
      {"contiguous file", T().add({.name = "c", .type = '7'}, "x").done(), false},
  };
}

// The same for archives whose whiteouts count.
inline std::vector<HostileTar> hostile_whiteouts(const std::string& top) {
  using T = TarBuilder;
  return {
      {".wh.", T().file(".wh.", "").done(), true},
      {".wh..", T().file(".wh..", "").done(), true},
      {".wh...", T().file(".wh...", "").done(), true},
      {".wh.. in a directory", T().directory("d").file("d/.wh...", "").done(), true},
      {"whiteout through a link", T().symlink("a", "..").file("a/.wh.canary", "").done(), false},
      {"whiteout through an absolute link", T().symlink("a", top).file("a/.wh.canary", "").done(),
       true},
      {"opaque through a link", T().symlink("a", "../..").file("a/.wh..wh..opq", "").done(), false},
      {"whiteout of a link", T().symlink("a", "../../canary_dir").file(".wh.a", "").done(), false},
      {"a directory like a whiteout", T().file(".wh.a/b", "").done(), true},
      {"metadata of aufs", T().directory(".wh..wh.plnk").file(".wh..wh.aufs", "").done(), false},
  };
}

}  // namespace mydock::test
