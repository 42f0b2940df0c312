#include "archive/tar_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "archive/pax.h"
#include "archive/tar_header.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;

std::int64_t non_negative(const std::byte* header, Field where, std::string_view what) {
  const std::int64_t value = number(raw(header, where), what);
  if (value < 0) fail(Kind::invalid, "tar: {} is negative", what);
  return value;
}

std::uint32_t id(const std::byte* header, Field where, std::string_view what) {
  const std::int64_t value = non_negative(header, where, what);
  // The last one means "leave it" to chown(2).
  if (value >= std::numeric_limits<std::uint32_t>::max()) {
    fail(Kind::invalid, "tar: {} {} is out of range", what, value);
  }
  return static_cast<std::uint32_t>(value);
}

std::string name_in(const std::byte* header) {
  std::string name(text(header, field::kName));
  if (raw(header, field::kMagic).starts_with(std::string_view("ustar\0", 6))) {
    const std::string_view prefix = text(header, field::kPrefix);
    if (!prefix.empty()) name = fmt::format("{}/{}", prefix, name);
  }
  return name;
}

void check_name(std::string_view name) {
  if (name.empty()) fail(Kind::invalid, "tar: an entry has no name");
  if (name.size() > kLongestName) {
    fail(Kind::invalid, "tar: a name is longer than {} bytes", kLongestName);
  }
}

}  // namespace

TarReader::TarReader(Source& from) : from_(from), buffer_(kBuffer) {}

// True: `wanted` bytes, at most the buffer's size, are there. False: the stream ends before.
bool TarReader::fill(std::size_t wanted) {
  if (end_ - begin_ >= wanted) return true;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ < wanted && !source_ended_) {
    const std::size_t count = from_.read(Bytes(buffer_).subspan(end_));
    source_ended_ = count == 0;
    end_ += count;
  }
  return end_ >= wanted;
}

const std::byte* TarReader::take_block() {
  if (!fill(kBlock)) {
    if (begin_ != end_) fail(Kind::invalid, "tar: unexpected end in the middle of a header");
    return nullptr;
  }
  const std::byte* block = buffer_.data() + begin_;
  begin_ += kBlock;
  return block;
}

// The data of a header that describes the next entry; it is stored as that header's file.
std::string TarReader::take_extension(std::string_view what, std::size_t& total) {
  const auto size = static_cast<std::size_t>(stored_left_);
  total += size;
  if (size > kLargestExtension || total > kLargestExtension) {
    fail(Kind::invalid, "tar: {} is larger than {} bytes", what, kLargestExtension);
  }
  std::string result;
  result.reserve(size);
  while (stored_left_ > 0) {
    if (!fill(1)) fail(Kind::invalid, "tar: unexpected end in {}", what);
    const std::size_t count = std::min(end_ - begin_, static_cast<std::size_t>(stored_left_));
    result += as_text(ConstBytes(buffer_).subspan(begin_, count));
    begin_ += count;
    stored_left_ -= static_cast<std::int64_t>(count);
  }
  skip_data();
  return result;
}

void TarReader::skip_data() {
  std::int64_t left = stored_left_ + padding_;
  const std::int64_t needed = stored_left_;  // some writers leave the last padding out
  stored_left_ = padding_ = 0;
  std::int64_t skipped = 0;
  while (left > 0) {
    if (!fill(1)) {
      if (skipped < needed)
        fail(Kind::invalid, "tar: unexpected end of the data of {}", entry_.name);
      return;
    }
    const auto count = std::min(static_cast<std::int64_t>(end_ - begin_), left);
    begin_ += static_cast<std::size_t>(count);
    left -= count;
    skipped += count;
  }
}

// Up to and with the header that describes a file. False: the archive ends.
bool TarReader::take_headers(Extended& extended, std::byte* header) {
  std::size_t total = 0;
  const auto first_line = [](const std::string& data) { return data.substr(0, data.find('\0')); };
  for (;;) {
    const std::byte* block = take_block();
    if (block == nullptr) return false;
    if (is_zero(block)) {
      block = take_block();
      if (block == nullptr || is_zero(block)) return false;
      fail(Kind::invalid, "tar: a zero block inside the archive");
    }
    if (!checksum_holds(block)) fail(Kind::invalid, "tar: invalid header (wrong checksum)");
    std::memcpy(header, block, kBlock);
    stored_left_ = non_negative(header, field::kSize, "the size");
    if (stored_left_ > std::numeric_limits<std::int64_t>::max() - 2 * std::int64_t{kBlock}) {
      fail(Kind::invalid, "tar: the size is out of range");
    }
    padding_ = padding_of(stored_left_);
    switch (static_cast<char>(header[field::kType.offset])) {
      case 'x':
        read_pax_records(take_extension("a PAX header", total), extended);
        break;
      case 'g':  // says nothing that a layer needs
        take_extension("a global PAX header", total);
        break;
      case 'L':
        extended.name = first_line(take_extension("a long name", total));
        break;
      case 'K':
        extended.link_name = first_line(take_extension("a long link name", total));
        break;
      default:
        return true;
    }
  }
}

void TarReader::set_kind(const std::byte* header, char type) {
  switch (type) {
    case '\0':
      entry_.type = entry_.name.ends_with('/') ? EntryType::directory : EntryType::file;
      break;
    case '0':
    case '7':
    case 'S':
      entry_.type = EntryType::file;
      break;
    case '1':
      entry_.type = EntryType::hard_link;
      break;
    case '2':
      entry_.type = EntryType::symlink;
      break;
    case '3':
    case '4':
      entry_.type = type == '3' ? EntryType::char_device : EntryType::block_device;
      // The kernel's dev_t has 12 and 20 bits.
      entry_.major = static_cast<std::uint32_t>(
          std::min(non_negative(header, field::kMajor, "the major number"), std::int64_t{1} << 30));
      entry_.minor = static_cast<std::uint32_t>(
          std::min(non_negative(header, field::kMinor, "the minor number"), std::int64_t{1} << 30));
      if (entry_.major >= 1U << 12U || entry_.minor >= 1U << 20U) {
        fail(Kind::invalid, "tar: device number of {} is out of range", entry_.name);
      }
      break;
    case '5':
      entry_.type = EntryType::directory;
      break;
    case '6':
      entry_.type = EntryType::fifo;
      break;
    default:
      fail(Kind::invalid, "tar: {}: unhandled entry type {:#04x}", entry_.name,
           static_cast<unsigned>(static_cast<unsigned char>(type)));
  }
}

void TarReader::make_entry(const std::byte* header, Extended& extended) {
  entry_ = Entry{};
  entry_.name = extended.sparse_name ? std::move(*extended.sparse_name)
                : extended.name      ? std::move(*extended.name)
                                     : name_in(header);
  check_name(entry_.name);
  set_kind(header, static_cast<char>(header[field::kType.offset]));
  entry_.link_name = extended.link_name ? std::move(*extended.link_name)
                                        : std::string(text(header, field::kLinkName));
  if (entry_.link_name.size() > kLongestName) {
    fail(Kind::invalid, "tar: the link name of {} is longer than {} bytes", entry_.name,
         kLongestName);
  }
  entry_.mode = static_cast<mode_t>(number(raw(header, field::kMode), "the mode") & 07777);
  entry_.uid = extended.uid ? *extended.uid : id(header, field::kUid, "the uid");
  entry_.gid = extended.gid ? *extended.gid : id(header, field::kGid, "the gid");
  entry_.mtime = {number(raw(header, field::kMtime), "the mtime"), 0};
  if (extended.mtime) entry_.mtime = *extended.mtime;
  entry_.xattrs = std::move(extended.xattrs);

  if (extended.size) {
    if (*extended.size > std::numeric_limits<std::int64_t>::max() - 2 * std::int64_t{kBlock}) {
      fail(Kind::invalid, "tar: the size is out of range");
    }
    stored_left_ = *extended.size;
    padding_ = padding_of(stored_left_);
  }
  if (entry_.type != EntryType::file) {
    stored_left_ = padding_ =
        0;  // POSIX: a link's size may tell of its target, and no data follows
  } else {
    set_content(header, extended);
  }
}

void TarReader::set_content(const std::byte* header, Extended& extended) {
  entry_.size = stored_left_;
  if (static_cast<char>(header[field::kType.offset]) == 'S') {
    read_gnu_sparse(header);
  } else if (extended.sparse) {
    entry_.sparse = true;
    entry_.regions = std::move(extended.regions);
    if (!extended.sparse_size) fail(Kind::invalid, "tar: sparse file {} has no size", entry_.name);
    entry_.size = *extended.sparse_size;
    if (extended.sparse_map_in_data) read_sparse_map();
  }
  if (!entry_.sparse) {
    entry_.regions = {{0, entry_.size}};
    return;
  }
  check_regions(entry_.regions, entry_.size);
  std::int64_t data = 0;
  for (const Region& region : entry_.regions) data += region.size;
  if (data != stored_left_) {
    fail(Kind::invalid, "tar: sparse file {} has other data than its map says", entry_.name);
  }
}

void TarReader::read_gnu_sparse(const std::byte* header) {
  entry_.sparse = true;
  entry_.size = non_negative(header, field::kGnuRealSize, "the size of a sparse file");
  const auto add = [&](std::string_view pairs) {
    for (std::size_t i = 0; i + 24 <= pairs.size() && pairs[i] != '\0'; i += 24) {
      if (entry_.regions.size() == kMostRegions) {
        fail(Kind::invalid, "tar: a sparse file has more than {} regions", kMostRegions);
      }
      entry_.regions.push_back({number(pairs.substr(i, 12), "a sparse region"),
                                number(pairs.substr(i + 12, 12), "a sparse region")});
    }
  };
  add(raw(header, field::kGnuSparse));
  bool more = raw(header, field::kGnuExtended)[0] != '\0';
  while (more) {
    const std::byte* block = take_block();
    if (block == nullptr) fail(Kind::invalid, "tar: unexpected end in a sparse map");
    add(raw(block, field::kGnuMoreSparse));
    more = raw(block, field::kGnuMoreExtended)[0] != '\0';
    if (more && entry_.regions.size() + 21 > kMostRegions) {
      fail(Kind::invalid, "tar: a sparse file has more than {} regions", kMostRegions);
    }
  }
}

// GNU.sparse 1.0: decimal numbers, a line each (how many regions, then offset and size of each),
// filled up to a whole block, in front of the data.
void TarReader::read_sparse_map() {
  std::int64_t used = 0;
  const auto line = [&] {
    std::string digits;
    for (;;) {
      if (stored_left_ == used || !fill(1)) fail(Kind::invalid, "tar: a sparse map is cut off");
      const char c = static_cast<char>(buffer_[begin_++]);
      ++used;
      if (c == '\n') return decimal(digits, "a number in a sparse map");
      digits += c;
      if (digits.size() > 20) fail(Kind::invalid, "tar: a number in a sparse map is too long");
    }
  };
  const std::int64_t count = line();
  if (count > std::int64_t{kMostRegions}) {
    fail(Kind::invalid, "tar: a sparse file has more than {} regions", kMostRegions);
  }
  entry_.regions.clear();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t offset = line();
    entry_.regions.push_back({offset, line()});
  }
  const std::int64_t filling = padding_of(used);
  if (stored_left_ - used < filling || !fill(static_cast<std::size_t>(filling))) {
    fail(Kind::invalid, "tar: a sparse map is cut off");
  }
  begin_ += static_cast<std::size_t>(filling);
  stored_left_ -= used + filling;
}

const Entry* TarReader::next() {
  skip_data();
  std::array<std::byte, kBlock> header{};
  Extended extended;
  if (!take_headers(extended, header.data())) return nullptr;
  make_entry(header.data(), extended);
  region_ = 0;
  region_done_ = 0;
  content_.reset();
  return &entry_;
}

std::optional<TarReader::Piece> TarReader::next_piece() {
  while (region_ < entry_.regions.size() && region_done_ == entry_.regions[region_].size) {
    ++region_;
    region_done_ = 0;
  }
  if (region_ >= entry_.regions.size() || stored_left_ == 0) return std::nullopt;
  if (!fill(1)) fail(Kind::invalid, "tar: unexpected end of the data of {}", entry_.name);
  const Region& region = entry_.regions[region_];
  const auto count = std::min(static_cast<std::int64_t>(end_ - begin_), region.size - region_done_);
  const Piece piece{region.offset + region_done_,
                    ConstBytes(buffer_).subspan(begin_, static_cast<std::size_t>(count))};
  begin_ += static_cast<std::size_t>(count);
  stored_left_ -= count;
  region_done_ += count;
  return piece;
}

void TarReader::Content::reset() {
  piece_ = {};
  at_ = 0;
}

std::size_t TarReader::Content::read(Bytes buffer) {
  const std::int64_t size = reader_.entry_.type == EntryType::file ? reader_.entry_.size : 0;
  if (at_ == size || buffer.empty()) return 0;
  if (piece_.bytes.empty()) {
    const std::optional<Piece> next = reader_.next_piece();
    piece_ = next ? *next : Piece{size, {}};  // a hole up to the end
  }
  std::size_t count = 0;
  if (at_ < piece_.offset) {
    count = static_cast<std::size_t>(
        std::min(piece_.offset - at_, static_cast<std::int64_t>(buffer.size())));
    std::memset(buffer.data(), 0, count);
  } else {
    count = std::min(piece_.bytes.size(), buffer.size());
    std::memcpy(buffer.data(), piece_.bytes.data(), count);
    piece_.bytes = piece_.bytes.subspan(count);
    piece_.offset += static_cast<std::int64_t>(count);
  }
  at_ += static_cast<std::int64_t>(count);
  return count;
}

std::string TarReader::read_text(std::size_t limit) {
  if (entry_.size > 0 && static_cast<std::uint64_t>(entry_.size) > limit) {
    fail(Kind::invalid, "{} is larger than {} bytes", entry_.name, limit);
  }
  std::string result(static_cast<std::size_t>(entry_.size), '\0');
  std::size_t at = 0;
  while (at < result.size()) {
    const std::size_t count = content_.read(std::as_writable_bytes(std::span(result)).subspan(at));
    if (count == 0) break;
    at += count;
  }
  return result;
}

void TarReader::drain() {
  begin_ = end_ = 0;
  while (!source_ended_) source_ended_ = from_.read(buffer_) == 0;
}

}  // namespace mydock::archive
