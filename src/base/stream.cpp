#include "base/stream.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace mydock {

std::size_t TextSource::read(Bytes buffer) {
  const std::size_t count = std::min(buffer.size(), text_.size() - at_);
  std::memcpy(buffer.data(), text_.data() + at_, count);
  at_ += count;
  return count;
}

std::uint64_t copy(Source& from, Sink& to) {
  std::vector<std::byte> buffer(std::size_t{128} * 1024);
  std::uint64_t total = 0;
  while (const std::size_t count = from.read(buffer)) {
    to.write(ConstBytes(buffer).first(count));
    total += count;
  }
  return total;
}

}  // namespace mydock
