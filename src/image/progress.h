#pragma once

#include <cstdint>
#include <string_view>

namespace mydock::image {

// Seam: where a long verb tells how far it is. Called on the verb's thread. What has no id or no
// numbers leaves them empty or 0.
class Progress {
 public:
  virtual ~Progress() = default;
  // `id`: 12 digits of the layer's DiffID or its blob's digest; `total` 0: unknown. At most ten
  // calls a second for each layer, and always one where current == total.
  virtual void layer(std::string_view id, std::string_view status, std::uint64_t current,
                     std::uint64_t total) = 0;
  // A line about one thing, without numbers: "Pulling from library/alpine" of the tag "3.19".
  virtual void status(std::string_view id, std::string_view text) = 0;
  // A line for the user, with its newline: "Loaded image: alpine:3.19\n".
  virtual void message(std::string_view text) = 0;
};

class NoProgress final : public Progress {
 public:
  void layer(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
  void status(std::string_view, std::string_view) override {}
  void message(std::string_view) override {}
};

}  // namespace mydock::image
