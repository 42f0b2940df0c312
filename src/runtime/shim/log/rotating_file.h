#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "runtime/log_options.h"

namespace mydock::runtime::shim {

// A file that is appended to and, when it is full, becomes PATH.1, which becomes PATH.2, …; or
// PATH.1.gz, by a process of its own. Others may empty the file and remove the rotated ones.
class RotatingFile {
 public:
  // Mode 0640. Errors: system.
  explicit RotatingFile(const LogOptions::File& options);

  // All or nothing, as far as the disk lets us. False: nothing.
  bool append(std::string_view bytes);
  // With `waiting` bytes more there would be no room for another record.
  bool is_full(std::size_t waiting) const {
    return max_size_ >= 0 && size_ + static_cast<std::int64_t>(waiting) >= max_size_;
  }
  void rotate_if_full();

 private:
  void rotate();
  void await_compression();
  void compress_first();
  std::string numbered(int number) const;

  fs::path path_;
  std::int64_t max_size_;
  int max_files_;
  bool compress_;
  Fd file_;
  std::int64_t size_ = 0;
  pid_t compressing_ = 0;
};

}  // namespace mydock::runtime::shim
