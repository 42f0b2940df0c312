#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "archive/ignore.h"
#include "base/fd.h"
#include "oci/hasher.h"

namespace mydock::build {

struct FileOwner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool operator==(const FileOwner&) const = default;
};

// --chmod: "755", or chmod(1)'s symbols, "u=rwX,go=rX".
class ModeChange {
 public:
  // Errors: invalid, in BuildKit's words.
  static ModeChange parse(std::string_view text);
  mode_t apply(mode_t mode, bool directory) const;

 private:
  struct Clause {
    mode_t who = 0;  // bits of the classes meant, as 0700 | 0070 | 0007
    char op = '=';
    std::string rights;
  };
  std::optional<mode_t> absolute_;
  std::vector<Clause> clauses_;
};

// What a copy changes of the files on their way.
struct TreeChanges {
  std::optional<FileOwner> owner;  // no value: as it is
  std::optional<ModeChange> mode;
  archive::IgnoreList leave_out;  // by the path below the copied tree
};

// Copies trees by descriptor: no link of either side is followed. Sockets are left out; hard links
// within one tree stay links.
class TreeCopier {
 public:
  TreeCopier(const TreeChanges& changes, std::stop_token stop)
      : changes_(changes), stop_(std::move(stop)) {}

  // One file of any kind, or a directory with all below, takes the place of what is there; a
  // directory is merged into a directory.
  void copy(const Fd& from, const std::string& name, const Fd& to, const std::string& as);
  // Everything in `from` into `to`, which keeps its own attributes.
  void copy_contents(const Fd& from, const Fd& to);

 private:
  struct Item {
    const Fd& from;
    const std::string& name;
    const Fd& to;
    const std::string& as;
    const struct stat& status;
    std::string path;
  };
  void copy_one(const Fd& from, const std::string& name, const Fd& to, const std::string& as,
                const std::string& path);
  void copy_below(const Fd& from, const Fd& to, const std::string& path);
  void copy_directory(const Item& item);
  void copy_file(const Item& item);
  void copy_symlink(const Item& item);
  void copy_node(const Item& item);
  bool link_again(const Item& item);
  FileOwner owner_of(const struct stat& status) const;
  mode_t mode_of(const struct stat& status) const;
  void set_attributes(const Fd& fd, const Fd& source, const struct stat& status);

  const TreeChanges& changes_;
  std::stop_token stop_;
  int depth_ = 0;
  struct Made {
    Fd directory;
    std::string name;
  };
  std::map<std::pair<dev_t, ino_t>, Made> linked_;
};

// Adds what a copy of this would be made of: names, kinds, modes, owners, contents; no times.
void hash_tree(const Fd& from, const std::string& name, const TreeChanges& changes,
               oci::Hasher& hasher, const std::stop_token& stop);

// Removes a file or a whole directory; absent is fine.
void remove_at(const Fd& directory, const std::string& name);

}  // namespace mydock::build
