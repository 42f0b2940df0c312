#include "image/pins.h"

namespace mydock::image {

bool Pins::held(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return counts_.contains(key);
}

void Lease::hold(std::string key) {
  keys_.push_back(std::move(key));
  const std::lock_guard lock(pins_.mutex_);
  ++pins_.counts_[keys_.back()];
}

Lease::~Lease() {
  const std::lock_guard lock(pins_.mutex_);
  for (const std::string& key : keys_) {
    const auto count = pins_.counts_.find(key);
    if (count != pins_.counts_.end() && --count->second <= 0) pins_.counts_.erase(count);
  }
}

}  // namespace mydock::image
