#include "archive/pax.h"

#include <charconv>
#include <limits>

#include "archive/tar_reader.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

constexpr std::string_view kXattr = "SCHILY.xattr.";

void refuse_nul(std::string_view value, std::string_view key) {
  if (value.find('\0') != std::string_view::npos) {
    fail(Kind::invalid, "tar: PAX record {} holds a NUL byte", key);
  }
}

std::uint32_t id(std::string_view value, std::string_view what) {
  const std::int64_t number = decimal(value, what);
  // The last one means "leave it" to chown(2).
  if (number >= std::numeric_limits<std::uint32_t>::max()) {
    fail(Kind::invalid, "tar: {} {} is out of range", what, number);
  }
  return static_cast<std::uint32_t>(number);
}

// "[-]SECONDS[.FRACTION]"
timespec time_of(std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  const std::size_t dot = std::min(value.find('.'), value.size());
  timespec time{};
  time.tv_sec = decimal(value.substr(0, dot), "PAX record mtime");
  long scale = 100'000'000;
  for (const char c : value.substr(std::min(dot + 1, value.size()))) {
    if (c < '0' || c > '9') fail(Kind::invalid, "tar: PAX record mtime is not a number");
    time.tv_nsec += (c - '0') * scale;
    scale /= 10;
  }
  if (negative) {
    time.tv_sec = -time.tv_sec - (time.tv_nsec != 0 ? 1 : 0);
    time.tv_nsec = time.tv_nsec != 0 ? 1'000'000'000 - time.tv_nsec : 0;
  }
  return time;
}

void add_region(Extended& extended, std::int64_t offset, std::int64_t size) {
  if (extended.regions.size() == kMostRegions) {
    fail(Kind::invalid, "tar: a sparse file has more than {} regions", kMostRegions);
  }
  extended.regions.push_back({offset, size});
}

void read_sparse_list(std::string_view value, Extended& extended) {
  extended.regions.clear();
  std::optional<std::int64_t> offset;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::int64_t number = decimal(value.substr(0, comma), "GNU.sparse.map");
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (offset) {
      add_region(extended, *offset, number);
      offset.reset();
    } else {
      offset = number;
    }
  }
  if (offset) fail(Kind::invalid, "tar: GNU.sparse.map is cut off");
}

void read_sparse_record(std::string_view key, std::string_view value, Extended& extended) {
  extended.sparse = true;
  if (key == "major" || key == "minor") {
    const std::int64_t version = decimal(value, "the version of GNU.sparse");
    if (key == "major") extended.sparse_map_in_data = version == 1;
    if (version > 1) fail(Kind::invalid, "tar: GNU.sparse {}={} is unknown", key, version);
  } else if (key == "name") {
    extended.sparse_name = value;
  } else if (key == "size" || key == "realsize") {
    extended.sparse_size = decimal(value, "GNU.sparse.size");
  } else if (key == "map") {
    read_sparse_list(value, extended);
  } else if (key == "offset") {
    extended.pending_offset = decimal(value, "GNU.sparse.offset");
  } else if (key == "numbytes") {
    if (!extended.pending_offset) fail(Kind::invalid, "tar: GNU.sparse.numbytes without an offset");
    add_region(extended, *extended.pending_offset, decimal(value, "GNU.sparse.numbytes"));
    extended.pending_offset.reset();
  }  // numblocks only repeats how many there are
}

void read_xattr(std::string_view name, std::string_view value, Extended& extended) {
  refuse_nul(name, kXattr);
  if (name.empty() || name.size() > 255) fail(Kind::invalid, "tar: an xattr's name is not valid");
  if (value.size() > kLargestXattr) {
    fail(Kind::invalid, "tar: xattr {} is larger than {} bytes", name, kLargestXattr);
  }
  extended.xattrs.insert_or_assign(std::string(name), std::string(value));
  if (extended.xattrs.size() > kMostXattrs) {
    fail(Kind::invalid, "tar: an entry has more than {} xattrs", kMostXattrs);
  }
}

template <class T>
void clear_or(std::string_view value, std::optional<T>& member, auto&& parse) {
  if (value.empty()) {
    member.reset();
  } else {
    member = parse(value);
  }
}

void read_record(std::string_view key, std::string_view value, Extended& extended) {
  const auto as_text = [&](std::string_view v) {
    refuse_nul(v, key);
    return std::string(v);
  };
  if (key == "path") {
    clear_or(value, extended.name, as_text);
  } else if (key == "linkpath") {
    clear_or(value, extended.link_name, as_text);
  } else if (key == "size") {
    clear_or(value, extended.size, [](auto v) { return decimal(v, "PAX record size"); });
  } else if (key == "uid") {
    clear_or(value, extended.uid, [](auto v) { return id(v, "PAX record uid"); });
  } else if (key == "gid") {
    clear_or(value, extended.gid, [](auto v) { return id(v, "PAX record gid"); });
  } else if (key == "mtime") {
    clear_or(value, extended.mtime, time_of);
  } else if (key.starts_with(kXattr)) {
    read_xattr(key.substr(kXattr.size()), value, extended);
  } else if (key.starts_with("GNU.sparse.")) {
    refuse_nul(value, key);
    read_sparse_record(key.substr(11), value, extended);
  }
}

}  // namespace

std::int64_t decimal(std::string_view text, std::string_view what) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) fail(Kind::invalid, "tar: {} is out of range", what);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || text[0] == '-') {
    fail(Kind::invalid, "tar: {} is not a number", what);
  }
  return value;
}

void read_pax_records(std::string_view records, Extended& extended) {
  while (!records.empty()) {
    // Some programs pad with NUL bytes.
    if (records.find_first_not_of('\0') == std::string_view::npos) return;
    const std::size_t blank = records.find(' ');
    if (blank == std::string_view::npos || blank > 8) {
      fail(Kind::invalid, "tar: a PAX record has no length");
    }
    const std::int64_t length = decimal(records.substr(0, blank), "a PAX record's length");
    if (length <= static_cast<std::int64_t>(blank) + 2 ||
        static_cast<std::size_t>(length) > records.size()) {
      fail(Kind::invalid, "tar: a PAX record's length is wrong");
    }
    const auto size = static_cast<std::size_t>(length);
    const std::string_view record = records.substr(blank + 1, size - blank - 1);
    const std::size_t equals = record.find('=');
    if (record.back() != '\n' || equals == std::string_view::npos || equals == 0) {
      fail(Kind::invalid, "tar: a PAX record is not KEY=VALUE");
    }
    read_record(record.substr(0, equals), record.substr(equals + 1, record.size() - equals - 2),
                extended);
    records.remove_prefix(size);
  }
}

void check_regions(const std::vector<Region>& regions, std::int64_t size) {
  std::int64_t end = 0;
  for (const Region& region : regions) {
    if (region.offset < end || region.size < 0 || region.offset > size ||
        region.size > size - region.offset) {
      fail(Kind::invalid, "tar: a sparse file's regions overlap or lie outside");
    }
    end = region.offset + region.size;
  }
}

}  // namespace mydock::archive
