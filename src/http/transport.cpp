#include "http/transport.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/error.h"

namespace mydock::http {

namespace {

class PlainTransport final : public Transport {
 public:
  PlainTransport(Fd socket, std::chrono::seconds idle) : socket_(std::move(socket)), idle_(idle) {}

  const Fd& socket() const override { return socket_; }

  std::size_t read(Bytes buffer, const std::stop_token& stop, Deadline deadline) override {
    for (;;) {
      const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == ECONNRESET) return 0;
      if (errno != EAGAIN && errno != EINTR) fail_errno("read from a connection");
      if (!wait_for(socket_, POLLIN, stop, bounded(deadline, idle_))) {
        fail(Kind::deadline, "no data for too long");
      }
    }
  }

  void write(ConstBytes bytes, const std::stop_token& stop) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno != EAGAIN && errno != EINTR) fail_errno("write to a connection");
      if (!wait_for(socket_, POLLOUT, stop, bounded({}, idle_))) {
        fail(Kind::deadline, "no data was taken for too long");
      }
    }
  }

  bool readable() override {
    pollfd polled{socket_.get(), POLLIN, 0};
    return ::poll(&polled, 1, 0) > 0;
  }

 private:
  Fd socket_;
  std::chrono::seconds idle_;
};

}  // namespace

std::unique_ptr<Transport> plain_transport(Fd socket, std::chrono::seconds idle) {
  return std::make_unique<PlainTransport>(std::move(socket), idle);
}

Deadline bounded(Deadline deadline, std::chrono::seconds idle) {
  const Deadline quiet = deadline_after(idle);
  return deadline ? std::min(deadline, quiet) : quiet;
}

}  // namespace mydock::http
