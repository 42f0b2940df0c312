#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace mydock::test {

// One hand-made tar header: any byte may be wrong.
struct TarHeader {
  std::string name;
  char type = '0';
  std::string link_name = {};
  std::string mode = "0000644";
  std::string uid = "0000000";
  std::string gid = "0000000";
  std::string size = {};  // empty: that of the data
  std::string mtime = "00000000000";
  std::string major = "0000000";
  std::string minor = "0000000";
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);
  std::string prefix = {};
  std::string checksum = {};  // empty: the right one
};

class TarBuilder {
 public:
  TarBuilder& add(const TarHeader& header, std::string_view data = {}) {
    bytes_ += block_of(header, data.size());
    bytes_ += data;
    bytes_.append((512 - data.size() % 512) % 512, '\0');
    return *this;
  }
  TarBuilder& file(std::string name, std::string_view data = "x") {
    return add({.name = std::move(name)}, data);
  }
  TarBuilder& directory(std::string name) {
    return add({.name = std::move(name), .type = '5', .mode = "0000755"});
  }
  TarBuilder& symlink(std::string name, std::string target) {
    return add({.name = std::move(name), .type = '2', .link_name = std::move(target)});
  }
  TarBuilder& hard_link(std::string name, std::string target) {
    return add({.name = std::move(name), .type = '1', .link_name = std::move(target)});
  }
  // "LENGTH KEY=VALUE\n" in an "x" header, for the entry that follows.
  TarBuilder& pax(std::string_view key, std::string_view value) {
    return pax_raw(record(key, value));
  }
  TarBuilder& pax_raw(std::string_view records) {
    return add({.name = "PaxHeaders.0/x", .type = 'x'}, records);
  }
  TarBuilder& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }

  // With the two zero blocks of the end.
  std::string done() const { return bytes_ + std::string(1024, '\0'); }
  const std::string& bytes() const { return bytes_; }

  static std::string record(std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (rest + std::to_string(length).size() != length) {
      length = rest + std::to_string(length).size();
    }
    return fmt::format("{} {}={}\n", length, key, value);
  }
  static std::string block_of(const TarHeader& header, std::size_t data_size) {
    std::array<char, 512> block{};
    const auto put = [&](std::size_t at, std::size_t most, std::string_view value) {
      std::memcpy(block.data() + at, value.data(), std::min(value.size(), most));
    };
    put(0, 100, header.name);
    put(100, 8, header.mode);
    put(108, 8, header.uid);
    put(116, 8, header.gid);
    put(124, 12, header.size.empty() ? fmt::format("{:011o}", data_size) : header.size);
    put(136, 12, header.mtime);
    put(148, 8, "        ");
    block[156] = header.type;
    put(157, 100, header.link_name);
    put(257, 8, header.magic);
    put(329, 8, header.major);
    put(337, 8, header.minor);
    put(345, 155, header.prefix);
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(148, 8,
        header.checksum.empty() ? fmt::format("{:06o}", sum) + std::string("\0 ", 2)
                                : header.checksum);
    return {block.data(), block.size()};
  }

 private:
  std::string bytes_;
};

}  // namespace mydock::test
