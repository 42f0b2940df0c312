#pragma once

#include <memory>
#include <string_view>

#include "base/stream.h"

namespace mydock::archive {

enum class Compression { none, gzip, zstd, xz, bzip2 };

std::string_view to_string(Compression kind);
// By the magic bytes at the front; ten bytes are enough. Anything else is `none`.
Compression detect(ConstBytes head);

// Looks at the first bytes of `from`, which must outlive the result, and unpacks: gzip (also
// several members in a row), zstd, xz and bzip2 (these two by the programs of that name), or
// nothing. read() errors: invalid for damaged or truncated data; unavailable when xz or bzip2 is
// not installed.
class Decompressor final : public Source {
 public:
  explicit Decompressor(Source& from);
  ~Decompressor() override;
  std::size_t read(Bytes buffer) override;
  Compression kind() const { return kind_; }

 private:
  class Peeked;
  std::unique_ptr<Peeked> peeked_;
  std::unique_ptr<Source> unpacked_;
  Compression kind_ = Compression::none;
};

// Packs what is written. finish() writes the end; without it the stream is cut off.
class Compressor : public Sink {
 public:
  using Sink::write;
  virtual void finish() = 0;
};
// none, gzip and zstd; others: not_implemented. Level 0: fast, a little larger than gzip -6 or zstd
// -3 would make it. `to` must outlive the result.
std::unique_ptr<Compressor> make_compressor(Compression kind, Sink& to, int level = 0);

}  // namespace mydock::archive
