#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/stream.h"
#include "image/progress.h"

namespace mydock::image {

// Tells a Progress how much has passed through, ten times a second at most.
class MeteredSource final : public Source {
 public:
  MeteredSource(Source& from, Progress& progress, std::string_view id, std::string_view status,
                std::uint64_t total)
      : from_(from), progress_(progress), id_(id), status_(status), total_(total) {}

  std::size_t read(Bytes buffer) override {
    const std::size_t got = from_.read(buffer);
    current_ += got;
    const auto at = std::chrono::steady_clock::now();
    if (at - told_ >= std::chrono::milliseconds(100)) {
      told_ = at;
      progress_.layer(id_, status_, current_, total_);
    }
    return got;
  }
  void finish() { progress_.layer(id_, status_, total_, total_); }

 private:
  Source& from_;
  Progress& progress_;
  std::string id_;
  std::string status_;
  std::uint64_t total_;
  std::uint64_t current_ = 0;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace mydock::image
