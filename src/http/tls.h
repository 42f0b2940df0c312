#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace mydock::http {

struct TlsOptions {
  std::vector<fs::path> authorities = {};                   // PEM files, besides the system's
  std::vector<std::pair<fs::path, fs::path>> clients = {};  // certificate and key
  bool verify = true;  // false: whoever answers is believed. Only ever by configuration
  bool operator==(const TlsOptions&) const = default;
};

// What TLS connections to one server share. TLS 1.2 at least. Safe on several threads.
class TlsContext {
 public:
  // Errors: invalid (a file that is not PEM, a key of another certificate), system.
  explicit TlsContext(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Shakes hands over a connected, non-blocking socket. The certificate must be for `host` (a name
  // or an IP address). Errors: system, in the words of Go's crypto/tls; deadline, cancelled.
  std::unique_ptr<Transport> connect(Fd socket, const std::string& host,
                                     const std::stop_token& stop, Deadline deadline) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mydock::http
