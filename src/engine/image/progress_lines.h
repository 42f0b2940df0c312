#pragma once

#include "engine/images.h"
#include "image/progress.h"

namespace mydock::engine {

// An image verb's progress as the lines that the API sends.
class ProgressLines final : public image::Progress {
 public:
  explicit ProgressLines(const ImageProgress& use) : use_(use) {}
  void layer(std::string_view id, std::string_view status, std::uint64_t current,
             std::uint64_t total) override;
  void status(std::string_view id, std::string_view text) override;
  void message(std::string_view text) override;

 private:
  const ImageProgress& use_;
};

}  // namespace mydock::engine
