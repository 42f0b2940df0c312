#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mydock::cli {

// How `docker cp` reads paths: a slash or "/." at the end says "a directory", and that a link
// before it is followed.

// "CONTAINER:PATH"; no value: a path of this machine, or "-".
struct ContainerPath {
  std::string container;
  std::string path;
};
std::optional<ContainerPath> parse_container_path(std::string_view argument);

bool names_directory(std::string_view path);  // ends in a slash or "/."
// Clean, absolute; a slash or "/." at the end is kept.
std::string absolute_path(std::string_view path);
// The last part: "." of "a/.", "a" of "a/", "/" of "/".
std::string base_of(std::string_view path);
std::string parent_of(std::string_view path);
// `link`'s target, from where the link at `path` is.
std::string link_target(std::string_view path, std::string_view link);

// One end of a copy.
struct CopyPlace {
  std::string path;
  bool exists = false;
  bool is_directory = false;
};
// Where a copy to this machine goes: links are followed to their end; the parent must be there.
// Errors: system, invalid.
CopyPlace local_destination(const std::string& path);

struct CopySource {
  std::string path;
  std::string name;  // that its tar begins with
  bool is_directory = false;
};
// A file of this machine. `follow`: also a link that is the last part. Errors: system.
CopySource local_source(const std::string& path, bool follow);

// Into which directory a tar is unpacked, and what the name that it begins with becomes; no value:
// it stays. Errors: invalid, "cannot copy directory", "no such directory".
struct CopyPlan {
  std::string directory;
  std::optional<std::string> new_name;
};
CopyPlan plan_copy(bool source_is_directory, const CopyPlace& destination);

// Replaces the name that a tar's entry begins with.
std::string rebased(std::string_view entry, std::string_view from, std::string_view to);

// Errors: invalid, as docker's "invalid output path: …"; system.
void check_output_path(const std::string& path);

}  // namespace mydock::cli
