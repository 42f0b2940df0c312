#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "archive/entry.h"
#include "base/stream.h"

namespace mydock::archive {

struct Extended;

// What one entry may cost before its data; see the constants in tar_reader.cpp for the rest.
inline constexpr std::size_t kLongestName = 4095;
inline constexpr std::size_t kLargestExtension = std::size_t{1} << 20;  // PAX and GNU headers
inline constexpr std::size_t kMostXattrs = 256;
inline constexpr std::size_t kLargestXattr = std::size_t{64} << 10;
inline constexpr std::size_t kMostRegions = std::size_t{64} << 10;

// Reads v7, ustar, PAX and GNU archives from a stream, uncompressed, without trusting it: memory is
// bounded, every number is checked. Errors: invalid ("tar: …"), and what the source throws.
class TarReader {
 public:
  explicit TarReader(Source& from);
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // Skips what is left of the entry before. nullptr: the end of the archive. Valid until the next
  // call.
  const Entry* next();

  // The current entry's data, piece by piece as it lies in the buffer; holes of a sparse file are
  // left out. No value: its end. `bytes` is valid until the next call.
  struct Piece {
    std::int64_t offset = 0;
    ConstBytes bytes;
  };
  std::optional<Piece> next_piece();
  // The same as a stream, holes filled with zeros. Stays valid, and reads the entry that is
  // current.
  Source& content() { return content_; }
  // The whole content. Errors: invalid when it is longer than `limit`.
  std::string read_text(std::size_t limit);

  // Reads and drops what follows the archive's end, so that a hash over the source covers it.
  void drain();

 private:
  class Content final : public Source {
   public:
    explicit Content(TarReader& reader) : reader_(reader) {}
    std::size_t read(Bytes buffer) override;
    void reset();

   private:
    TarReader& reader_;
    Piece piece_;
    std::int64_t at_ = 0;
  };
  bool fill(std::size_t wanted);
  const std::byte* take_block();  // nullptr: the stream ends here
  std::string take_extension(std::string_view what, std::size_t& total);
  void skip_data();
  bool take_headers(Extended& extended, std::byte* header);
  void make_entry(const std::byte* header, Extended& extended);
  void set_content(const std::byte* header, Extended& extended);
  void set_kind(const std::byte* header, char type);
  void read_gnu_sparse(const std::byte* header);
  void read_sparse_map();

  Source& from_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool source_ended_ = false;

  Entry entry_;
  std::int64_t stored_left_ = 0;  // bytes of the entry's data in the stream
  std::int64_t padding_ = 0;
  std::size_t region_ = 0;
  std::int64_t region_done_ = 0;
  Content content_{*this};
};

}  // namespace mydock::archive
