#include "image/progress_queue.h"

namespace mydock::image {

void ProgressQueue::push(Line line) {
  const std::lock_guard lock(mutex_);
  const bool moves = line.kind == Kind::layer && line.total > 0;
  for (auto last = lines_.rbegin(); moves && last != lines_.rend(); ++last) {
    if (last->id != line.id) continue;
    if (last->kind != Kind::layer || last->text != line.text || last->total == 0) break;
    *last = std::move(line);
    return;
  }
  lines_.push_back(std::move(line));
  changed_.notify_one();
}

void ProgressQueue::layer(std::string_view id, std::string_view status, std::uint64_t current,
                          std::uint64_t total) {
  push({Kind::layer, std::string(id), std::string(status), current, total});
}

void ProgressQueue::status(std::string_view id, std::string_view text) {
  push({Kind::status, std::string(id), std::string(text)});
}

void ProgressQueue::message(std::string_view text) { push({Kind::message, {}, std::string(text)}); }

void ProgressQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_one();
}

void ProgressQueue::pump(Progress& listener) {
  for (;;) {
    Line line;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || !lines_.empty(); });
      if (lines_.empty()) return;
      line = std::move(lines_.front());
      lines_.pop_front();
    }
    if (line.kind == Kind::layer) listener.layer(line.id, line.text, line.current, line.total);
    if (line.kind == Kind::status) listener.status(line.id, line.text);
    if (line.kind == Kind::message) listener.message(line.text);
  }
}

}  // namespace mydock::image
