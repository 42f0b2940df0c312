#include "archive/tar_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "archive/tar_header.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

using Block = std::array<std::byte, kBlock>;

void put(Block& block, Field where, std::string_view value) {
  std::memcpy(block.data() + where.offset, value.data(), std::min(value.size(), where.size));
}

// Octal with a NUL after it. False: it does not fit.
bool put_number(Block& block, Field where, std::int64_t value) {
  const std::string digits = fmt::format("{:0{}o}", value < 0 ? 0 : value, where.size - 1);
  if (value < 0 || digits.size() >= where.size) {
    put(block, where, std::string(where.size - 1, '0'));
    return false;
  }
  put(block, where, digits);
  return true;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// "LENGTH KEY=VALUE\n", where LENGTH counts itself too.
void add_record(std::string& records, std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (rest + std::to_string(length).size() != length) {
    length = rest + std::to_string(length).size();
  }
  records += fmt::format("{} {}=", length, key);
  records += value;
  records += '\n';
}

void seal(Block& block) {
  put(block, field::kMagic, kUstarMagic);
  put(block, field::kChecksum, "        ");
  unsigned sum = 0;
  for (const std::byte byte : block) sum += std::to_integer<unsigned>(byte);
  put(block, field::kChecksum, fmt::format("{:06o}", sum));
  block[field::kChecksum.offset + 6] = std::byte{0};
}

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::file:
      return '0';
    case EntryType::hard_link:
      return '1';
    case EntryType::symlink:
      return '2';
    case EntryType::char_device:
      return '3';
    case EntryType::block_device:
      return '4';
    case EntryType::directory:
      return '5';
    case EntryType::fifo:
      return '6';
  }
  return '0';
}

// A name over 100 bytes may be split at a slash. False: it takes a PAX record.
bool put_name(Block& block, std::string_view name) {
  if (!is_ascii(name)) return false;
  if (name.size() <= field::kName.size) {
    put(block, field::kName, name);
    return true;
  }
  std::size_t slash = name.find('/', name.size() - field::kName.size - 1);
  if (slash == name.size() - 1) slash = std::string_view::npos;
  if (slash == std::string_view::npos || slash == 0 || slash > field::kPrefix.size) return false;
  put(block, field::kPrefix, name.substr(0, slash));
  put(block, field::kName, name.substr(slash + 1));
  return true;
}

void put_entry(Block& block, const Entry& entry, std::string& records) {
  if (!put_name(block, entry.name)) {
    add_record(records, "path", entry.name);
    put(block, field::kName, "long-name");
  }
  const bool is_link = entry.type == EntryType::hard_link || entry.type == EntryType::symlink;
  if (is_link) {
    if (entry.link_name.size() > field::kLinkName.size || !is_ascii(entry.link_name)) {
      add_record(records, "linkpath", entry.link_name);
    } else {
      put(block, field::kLinkName, entry.link_name);
    }
  }
  put_number(block, field::kMode, entry.mode & 07777);
  const std::int64_t size = entry.type == EntryType::file ? entry.size : 0;
  const auto number_or_record = [&](Field where, std::string_view key, std::int64_t value) {
    if (!put_number(block, where, value)) add_record(records, key, std::to_string(value));
  };
  number_or_record(field::kUid, "uid", entry.uid);
  number_or_record(field::kGid, "gid", entry.gid);
  number_or_record(field::kSize, "size", size);
  number_or_record(field::kMtime, "mtime", entry.mtime.tv_sec);
  put_number(block, field::kMajor, entry.major);
  put_number(block, field::kMinor, entry.minor);
  block[field::kType.offset] = static_cast<std::byte>(type_flag(entry.type));
  for (const auto& [name, value] : entry.xattrs) add_record(records, "SCHILY.xattr." + name, value);
}

}  // namespace

void TarWriter::add(const Entry& entry) {
  if (left_ != 0) fail(Kind::invalid, "tar: {} bytes are missing before {}", left_, entry.name);
  Block block{};
  std::string records;
  put_entry(block, entry, records);
  seal(block);
  if (!records.empty()) {
    Block extended{};
    put(extended, field::kName, "PaxHeaders.0/entry");
    put_number(extended, field::kMode, 0644);
    put_number(extended, field::kUid, 0);
    put_number(extended, field::kGid, 0);
    put_number(extended, field::kSize, static_cast<std::int64_t>(records.size()));
    put_number(extended, field::kMtime, 0);
    extended[field::kType.offset] = std::byte{'x'};
    seal(extended);
    to_.write(extended);
    to_.write(as_bytes(records));
    const Block zeros{};
    const auto padding = padding_of(static_cast<std::int64_t>(records.size()));
    if (padding > 0) to_.write(ConstBytes(zeros).first(static_cast<std::size_t>(padding)));
  }
  to_.write(block);
  left_ = entry.type == EntryType::file ? entry.size : 0;
  padding_ = padding_of(left_);
}

void TarWriter::write(ConstBytes bytes) {
  if (bytes.empty()) return;
  if (static_cast<std::int64_t>(bytes.size()) > left_) {
    fail(Kind::invalid, "tar: more data than the entry's size");
  }
  to_.write(bytes);
  left_ -= static_cast<std::int64_t>(bytes.size());
  if (left_ == 0 && padding_ > 0) {
    const Block zeros{};
    to_.write(ConstBytes(zeros).first(static_cast<std::size_t>(padding_)));
  }
}

void TarWriter::add_file(std::string name, std::string_view contents, mode_t mode) {
  Entry entry;
  entry.name = std::move(name);
  entry.mode = mode;
  entry.size = static_cast<std::int64_t>(contents.size());
  add(entry);
  write(as_bytes(contents));
}

void TarWriter::finish() {
  if (left_ != 0) fail(Kind::invalid, "tar: {} bytes are missing at the end", left_);
  const std::array<std::byte, 2 * kBlock> end{};
  to_.write(end);
}

}  // namespace mydock::archive
