#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/root.h"
#include "build/dockerfile.h"
#include "build/tree.h"
#include "oci/digest.h"

namespace mydock::build {

// One COPY or ADD, its variables expanded.
struct CopyOrder {
  std::string keyword;                // COPY, ADD
  std::vector<std::string> sources;   // as written
  std::vector<Heredoc> inline_files;  // bodies expanded
  std::string destination;            // absolute; a slash at its end says directory
  TreeChanges changes;
  bool keep_parents = false;  // --parents
  bool unpack = false;        // ADD: local archives
  bool from_context = true;   // for the words of errors
};

// What it copies: found once, then hashed, and copied unless the cache has it.
class CopyPlan {
 public:
  // `source`: the context, or a stage's files; outlives the plan. Errors: invalid, not_found in the
  // classic builder's words.
  CopyPlan(CopyOrder order, const Root& source);

  // "file", "dir" or "multi", and the digest of contents and attributes.
  std::string kind() const;
  oci::Digest digest(const std::stop_token& stop) const;
  // Into the tree of `target`, whose links are resolved inside it.
  void run(const Root& target, const std::stop_token& stop) const;

 private:
  struct Found {
    std::string path;      // resolved, below the source; "": its top
    std::string name;      // the last part as it was written
    std::string relative;  // --parents: where below the destination
    bool directory = false;
    bool archive = false;
  };
  void find(const std::string& written);
  void find_by_pattern(const std::string& pattern, std::size_t pivot);
  void add(const std::string& path, std::size_t pivot);
  bool is_archive(const std::string& path) const;
  void run_one(const Found& found, const Root& target, TreeCopier& copier,
               const std::stop_token& stop) const;
  void run_directory(const Found& found, const Root& target, const std::string& to,
                     TreeCopier& copier) const;
  void write_inline(const Heredoc& file, const Root& target) const;
  void unpack(const Found& found, const Root& target, const std::string& to,
              const std::stop_token& stop) const;
  Fd make_directories(const Root& target, const std::string& path) const;

  CopyOrder order_;
  const Root& source_;
  std::vector<Found> found_;
};

// Where `path` leads, every link in it resolved inside the tree, also when what it names is not
// there yet. Errors: invalid (links in a circle).
std::string resolve_destination(const Root& tree, std::string_view path);

// "user[:group]" of --chown, by the names in the tree's own /etc/passwd and /etc/group. A number
// is always an id; without a group it is the user's number. Errors: invalid.
FileOwner parse_owner(std::string_view text, const Root& tree);

}  // namespace mydock::build
