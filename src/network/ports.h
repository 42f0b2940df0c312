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

// "127.0.0.1:80", "[::1]:80".
std::string host_and_port(Address host, std::uint16_t port);

// The host's ports that are published. Each is held by a socket, so that no program of the host
// gets it too; packets never reach that socket, the rules send them on. Safe on any thread.
class HostPorts {
 public:
  // What a request without a host address stands for: one port number at each of these.
  struct AnyHost {
    std::vector<Address> addresses;
  };
  // All or nothing. Errors: as Networks::publish.
  std::vector<PortBinding> take(std::string_view endpoint, const std::vector<PortRequest>& requests,
                                const AnyHost& any);
  // Takes them again after a restart. Returns those that it did not get.
  std::vector<PortBinding> retake(std::string_view endpoint, const std::vector<PortBinding>& ports);
  void free(std::string_view endpoint);

 private:
  struct Held {
    PortBinding binding;
    Fd socket;  // none: the host's kernel does not speak the protocol
  };
  bool holds(std::string_view protocol, Address host, std::uint16_t port) const REQUIRES(mutex_);
  std::vector<Held> hold(const PortRequest& request, const AnyHost& any) REQUIRES(mutex_);
  // Empty: somebody has it at one of the addresses.
  std::vector<Held> try_hold(const PortRequest& request, const std::vector<Address>& hosts,
                             std::uint16_t port) REQUIRES(mutex_);

  mutable Mutex mutex_{Rank::leaf};
  std::multimap<std::string, Held, std::less<>> held_ GUARDED_BY(mutex_);
};

}  // namespace mydock::network
