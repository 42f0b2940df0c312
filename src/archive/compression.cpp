#include "archive/compression.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "archive/codecs.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

struct Magic {
  std::string_view bytes;
  Compression kind;
};
constexpr std::array kMagics{
    Magic{std::string_view("\x1f\x8b\x08", 3), Compression::gzip},
    Magic{std::string_view("\x28\xb5\x2f\xfd", 4), Compression::zstd},
    Magic{std::string_view("\xfd"
                           "7zXZ\0",
                           6),
          Compression::xz},
    Magic{std::string_view("BZh", 3), Compression::bzip2},
};

bool is_skippable_zstd(std::string_view head) {
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xF0U) == 0x50 &&
         head.substr(1, 3) == std::string_view("\x2a\x4d\x18", 3);
}

class Plain final : public Compressor {
 public:
  explicit Plain(Sink& to) : to_(to) {}
  void write(ConstBytes bytes) override { to_.write(bytes); }
  void finish() override {}

 private:
  Sink& to_;
};

}  // namespace

std::string_view to_string(Compression kind) {
  switch (kind) {
    case Compression::none:
      return "none";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::xz:
      return "xz";
    case Compression::bzip2:
      return "bzip2";
  }
  return "none";
}

Compression detect(ConstBytes head) {
  const std::string_view text = as_text(head);
  for (const Magic& magic : kMagics) {
    if (text.starts_with(magic.bytes)) return magic.kind;
  }
  return is_skippable_zstd(text) ? Compression::zstd : Compression::none;
}

// The first bytes are read ahead and given out again.
class Decompressor::Peeked final : public Source {
 public:
  explicit Peeked(Source& from) : from_(from) {
    while (size_ < head_.size()) {
      const std::size_t count = from_.read(Bytes(head_).subspan(size_));
      if (count == 0) break;
      size_ += count;
    }
  }
  ConstBytes head() const { return ConstBytes(head_).first(size_); }
  std::size_t read(Bytes buffer) override {
    if (at_ == size_) return from_.read(buffer);
    const std::size_t count = std::min(size_ - at_, buffer.size());
    std::memcpy(buffer.data(), head_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  Source& from_;
  std::array<std::byte, 16> head_{};
  std::size_t size_ = 0;
  std::size_t at_ = 0;
};

Decompressor::Decompressor(Source& from) : peeked_(std::make_unique<Peeked>(from)) {
  kind_ = detect(peeked_->head());
  switch (kind_) {
    case Compression::none:
      break;
    case Compression::gzip:
      unpacked_ = make_gunzip(*peeked_);
      break;
    case Compression::zstd:
      unpacked_ = make_unzstd(*peeked_);
      break;
    case Compression::xz:
    case Compression::bzip2:
      unpacked_ = make_filter(*peeked_, to_string(kind_));
      break;
  }
}

Decompressor::~Decompressor() = default;

std::size_t Decompressor::read(Bytes buffer) {
  return unpacked_ ? unpacked_->read(buffer) : peeked_->read(buffer);
}

std::unique_ptr<Compressor> make_compressor(Compression kind, Sink& to, int level) {
  switch (kind) {
    case Compression::none:
      return std::make_unique<Plain>(to);
    case Compression::gzip:
      return make_gzip(to, level);
    case Compression::zstd:
      return make_zstd(to, level);
    case Compression::xz:
    case Compression::bzip2:
      break;
  }
  fail(Kind::not_implemented, "packing with {} is not implemented", to_string(kind));
}

}  // namespace mydock::archive
