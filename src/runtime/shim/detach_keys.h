#pragma once

#include <string>
#include <string_view>

namespace mydock::runtime::shim {

inline constexpr std::string_view kDefaultDetachKeys = "\x10\x11";  // ctrl-p ctrl-q

// Looks for the detach sequence in what somebody types. The sequence is swallowed; its beginning is
// held back until the next byte shows whether it goes on.
class DetachKeys {
 public:
  // Empty keys: nothing is ever detected.
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}

  // Appends to `passed` what goes on to the terminal. True: the sequence is complete; what follows
  // it in `typed` is dropped.
  bool feed(std::string_view typed, std::string& passed);

 private:
  std::string keys_;
  std::size_t matched_ = 0;
};

}  // namespace mydock::runtime::shim
