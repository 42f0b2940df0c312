#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/mutex.h"
#include "network/records.h"

namespace mydock::network {

// The host's ports that are published. Each is held by a socket, so that no program of the host
// gets it too; packets never reach that socket, the rules send them on. Safe on any thread.
class HostPorts {
 public:
  // All or nothing. Errors: as Networks::publish.
  std::vector<PortBinding> take(std::string_view endpoint,
                                const std::vector<PortRequest>& requests);
  // Takes them again after a restart. Returns those that it did not get.
  std::vector<PortBinding> retake(std::string_view endpoint, const std::vector<PortBinding>& ports);
  void free(std::string_view endpoint);

 private:
  struct Held {
    PortBinding binding;
    Fd socket;
  };
  bool holds(std::string_view protocol, Address host, std::uint16_t port) const REQUIRES(mutex_);
  Held hold(const PortRequest& request) REQUIRES(mutex_);

  mutable Mutex mutex_{Rank::leaf};
  std::multimap<std::string, Held, std::less<>> held_ GUARDED_BY(mutex_);
};

}  // namespace mydock::network
