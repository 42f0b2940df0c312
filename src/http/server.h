#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "base/fd.h"
#include "http/request.h"
#include "http/responder.h"

namespace mydock::http {

// Called on the connection's own thread. An exception that leaves it becomes a plain 500.
using Handler = std::function<void(Request&, Responder&)>;

struct Limits {
  std::size_t head_bytes = std::size_t{64} << 10;   // request line and headers: 431
  std::size_t headers = 100;                        // 431
  std::size_t target_bytes = std::size_t{8} << 10;  // 414
  std::chrono::seconds head_time{30};               // from a request's first byte to its head's end
  std::chrono::seconds idle_time{120};              // between requests
  std::size_t connections = 4096;                   // more: 503
  std::size_t stack_bytes = std::size_t{256} << 10;
};

// HTTP/1.1 on any number of listening sockets: one thread accepts, one serves each live connection.
class Server {
 public:
  explicit Server(Handler handler, Limits limits = {});
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes a socket that listens already. Safe while it runs.
  void listen(Fd listening);
  // Serves one socket that is connected already, on a thread of its own.
  void serve(Fd connected);
  // Accepts no more, asks every request to stop (gone()), and waits for the handlers to return;
  // those that take longer than `patience` get their connections cut, and as long again. False:
  // some run on. A hijacked connection is not touched.
  bool stop(std::chrono::milliseconds patience = std::chrono::seconds(5));
  std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Serves `connected` on the calling thread until it ends.
void serve_connection(Fd connected, const Handler& handler, const Limits& limits = {});

// Replaces a socket that nobody listens at. `mode` is set before anybody can connect; group -1:
// left as it is. Errors: system; conflict, when a live server listens there.
Fd listen_unix(const fs::path& path, mode_t mode, gid_t group = static_cast<gid_t>(-1));
// `host`: an IP address. Port 0: any; see local_port.
Fd listen_tcp(const std::string& host, std::uint16_t port);
std::uint16_t local_port(const Fd& listening);

}  // namespace mydock::http
