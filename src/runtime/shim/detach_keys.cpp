#include "runtime/shim/detach_keys.h"

namespace mydock::runtime::shim {

bool DetachKeys::feed(std::string_view typed, std::string& passed) {
  if (keys_.empty()) {
    passed += typed;
    return false;
  }
  for (const char c : typed) {
    // A mismatch gives back the shortest part of what was held that cannot begin the sequence any
    // more: "ctrl-p ctrl-p ctrl-q" still detaches.
    while (matched_ > 0 && c != keys_[matched_]) {
      std::size_t keep = matched_ - 1;
      while (keep > 0 && keys_.compare(0, keep, keys_, matched_ - keep, keep) != 0) --keep;
      passed.append(keys_, 0, matched_ - keep);
      matched_ = keep;
    }
    if (c != keys_[matched_]) {
      passed += c;
      continue;
    }
    if (++matched_ < keys_.size()) continue;
    matched_ = 0;
    return true;
  }
  return false;
}

}  // namespace mydock::runtime::shim
