#pragma once

#include <time.h>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/entry.h"

namespace mydock::archive {

// What PAX records ("x" headers) and GNU's long names say about the entry that follows them.
struct Extended {
  std::optional<std::string> name;
  std::optional<std::string> link_name;
  std::optional<std::int64_t> size;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<timespec> mtime;
  std::map<std::string, std::string> xattrs;

  // GNU.sparse: 0.0 and 0.1 have the map in records, 1.0 in front of the data.
  bool sparse = false;
  bool sparse_map_in_data = false;
  std::optional<std::int64_t> sparse_size;
  std::optional<std::string> sparse_name;
  std::optional<std::int64_t> pending_offset;
  std::vector<Region> regions;
};

// Reads "LENGTH KEY=VALUE\n" records. A later record wins; an empty value takes a key back.
// Errors: invalid.
void read_pax_records(std::string_view records, Extended& extended);

// Decimal digits; `what` names the field. Errors: invalid.
std::int64_t decimal(std::string_view text, std::string_view what);
// Fails unless the regions ascend, do not overlap and lie within `size`.
void check_regions(const std::vector<Region>& regions, std::int64_t size);

}  // namespace mydock::archive
