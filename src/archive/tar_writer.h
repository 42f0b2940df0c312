#pragma once

#include <cstdint>

#include "archive/entry.h"
#include "base/stream.h"

namespace mydock::archive {

// Writes ustar headers, with a PAX header before an entry that needs one (long or non-ASCII names,
// large numbers, xattrs as SCHILY.xattr.*). No user or group names; times in whole seconds, as
// Docker. The same entries make the same bytes. Errors: what the sink throws; invalid for misuse.
class TarWriter {
 public:
  explicit TarWriter(Sink& to) : to_(to) {}

  // For a file, write() exactly `entry.size` bytes before the next call. `sparse` is not written.
  void add(const Entry& entry);
  void write(ConstBytes bytes);
  // A file with these contents.
  void add_file(std::string name, std::string_view contents, mode_t mode = 0644);
  // The archive's end. Without it the archive is cut off.
  void finish();

 private:
  Sink& to_;
  std::int64_t left_ = 0;
  std::int64_t padding_ = 0;
};

}  // namespace mydock::archive
