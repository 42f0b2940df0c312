#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mydock::image {

// What verbs at work need, although no row names it yet: blobs by digest, layers by ChainID. What
// is pinned is not collected.
class Pins {
 public:
  bool held(std::string_view key) const;
  // Runs `act` unless the key is held; nobody can begin to hold it meanwhile.
  template <class F>
  void unless_held(std::string_view key, F&& act) {
    const std::lock_guard lock(mutex_);
    if (!counts_.contains(key)) act();
  }

 private:
  friend class Lease;
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> counts_;
};

// The pins of one verb. Pin first, then look whether the thing is there.
class Lease {
 public:
  explicit Lease(Pins& pins) : pins_(pins) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();
  void hold(std::string key);

 private:
  Pins& pins_;
  std::vector<std::string> keys_;
};

}  // namespace mydock::image
