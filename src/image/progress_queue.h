#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "image/progress.h"

namespace mydock::image {

// Progress of several threads, told by one: nobody who works waits for who listens. Numbers that
// the next ones of the same layer overtake are left out. Private to this module.
class ProgressQueue final : public Progress {
 public:
  void layer(std::string_view id, std::string_view status, std::uint64_t current,
             std::uint64_t total) override;
  void status(std::string_view id, std::string_view text) override;
  void message(std::string_view text) override;

  // No more will come: pump() returns when it has told everything.
  void close();
  // Tells `listener` until close(), on the caller's thread.
  void pump(Progress& listener);

 private:
  enum class Kind { layer, status, message };
  struct Line {
    Kind kind = Kind::layer;
    std::string id, text;
    std::uint64_t current = 0, total = 0;
  };
  void push(Line line);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Line> lines_;
  bool closed_ = false;
};

}  // namespace mydock::image
