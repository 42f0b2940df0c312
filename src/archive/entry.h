#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mydock::archive {

enum class EntryType { file, hard_link, symlink, char_device, block_device, directory, fifo };

struct Region {
  std::int64_t offset = 0;
  std::int64_t size = 0;
  bool operator==(const Region&) const = default;
};

// One member of a tar archive.
struct Entry {
  std::string name;  // as the archive has it: see path_of() in whiteout.h
  EntryType type = EntryType::file;
  std::string link_name;  // symlink: any text; hard_link: the name of an earlier entry
  mode_t mode = 0644;     // permission bits, setuid, setgid and sticky
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t size = 0;  // of the file once written out; 0 for all but files
  timespec mtime{};
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::map<std::string, std::string> xattrs;
  bool sparse = false;
  std::vector<Region> regions;  // where a sparse file has data; ascending, inside `size`
};

}  // namespace mydock::archive
