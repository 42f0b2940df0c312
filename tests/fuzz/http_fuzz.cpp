// module: http
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <thread>

#include "base/error.h"
#include "http/server.h"

namespace {

// Does a bit of everything, as the request's path says.
void handle(mydock::http::Request& request, mydock::http::Responder& respond) {
  const auto& segments = request.segments();
  const std::string_view verb = segments.empty() ? std::string_view() : segments[0];
  (void)request.query_flag("f");  // only that it ends
  (void)request.query("q");       // only that it ends
  if (verb == "hijack") {
    const auto hijacked = respond.hijack("HTTP/1.1 101 UPGRADED\r\n\r\n");
    return;
  }
  if (verb == "stream") {
    mydock::Sink& out = respond.begin_stream(200, "text/plain");
    mydock::copy(request.body(), out);
    return;
  }
  if (verb == "ignore") return respond.send_status(204);
  respond.header("X-Path", request.path());
  respond.send(200, "text/plain", request.read_body(std::size_t{1} << 20));
}

}  // namespace

// Any bytes that a client may send leave the server standing, and every thread ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mydock;
  if (size > (std::size_t{128} << 10)) return 0;
  auto [client, server] = make_socketpair(SOCK_STREAM);
  std::thread writer([&socket = client, data, size] {
    std::size_t sent = 0;
    while (sent < size) {
      const ssize_t count = ::send(socket.get(), data + sent, size - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    ::shutdown(socket.get(), SHUT_WR);
  });
  std::thread reader([&socket = client] {
    std::array<char, 4096> buffer{};
    while (::recv(socket.get(), buffer.data(), buffer.size(), 0) > 0) {
    }
  });
  http::serve_connection(std::move(server), handle);
  reader.join();
  writer.join();
  return 0;
}
