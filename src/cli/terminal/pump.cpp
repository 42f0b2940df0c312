#include "cli/terminal/pump.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "api/stream.h"
#include "base/error.h"

namespace mydock::cli {

namespace {

constexpr std::size_t kChunk = 32768;

class Pump {
 public:
  Pump(client::HijackedStream stream, const PumpSpec& spec, Console& console)
      : socket_(std::move(stream.socket)),
        framed_(stream.multiplexed || !spec.tty),
        spec_(spec),
        console_(console),
        keys_(spec.detach_keys) {
    const int flags = check(fcntl(socket_.get(), F_GETFL), "read the connection's flags");
    check(fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK), "set the connection's flags");
    deliver(stream.pending);
    reading_ = spec.send_stdin;
    if (!reading_) ::shutdown(socket_.get(), SHUT_WR);
  }

  PumpEnd run() {
    console_.flush();
    while (true) {
      std::array<pollfd, 3> fds = {
          pollfd{socket_.get(), static_cast<short>(POLLIN | (to_send_.empty() ? 0 : POLLOUT)), 0},
          pollfd{reading_ && to_send_.size() < kChunk ? STDIN_FILENO : -1, POLLIN, 0},
          pollfd{spec_.signals != nullptr ? spec_.signals->fd().get() : -1, POLLIN, 0}};
      if (::poll(fds.data(), fds.size(), -1) < 0) {
        if (errno == EINTR) continue;
        fail_errno("wait for the container's output");
      }
      if (fds[2].revents != 0) take_signals();
      if (fds[0].revents & POLLOUT) send();
      if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        if (!receive()) return PumpEnd::output_ended;
      }
      if (fds[1].revents != 0) {
        read_stdin();
        if (keys_.complete()) return PumpEnd::detached;
      }
    }
  }

 private:
  void take_signals() {
    while (const auto number = spec_.signals->next()) spec_.on_signal(*number);
  }

  void deliver(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!framed_) {
      console_.bytes(bytes);
      return;
    }
    decoder_.feed(as_bytes(bytes), [this](api::StdStream stream, ConstBytes payload) {
      if (stream == api::StdStream::err) {
        console_.err_raw(as_text(payload));
      } else {
        console_.bytes(as_text(payload));
      }
    });
  }

  // False: the other side has said all.
  bool receive() {
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count > 0) {
      deliver({buffer_.data(), static_cast<std::size_t>(count)});
      return true;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count < 0 && errno != ECONNRESET) fail_errno("read the container's output");
    return false;
  }

  void read_stdin() {
    const ssize_t count = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
      reading_ = false;
      finish_sending();
      return;
    }
    const std::string_view typed(buffer_.data(), static_cast<std::size_t>(count));
    if (spec_.tty) {
      to_send_ += keys_.pass(typed);
    } else {
      to_send_ += typed;
    }
    send();
  }

  void send() {
    while (!to_send_.empty()) {
      const ssize_t count = ::send(socket_.get(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count < 0) {  // it no longer takes input; its output may still be on the way
        reading_ = false;
        to_send_.clear();
        return;
      }
      to_send_.erase(0, static_cast<std::size_t>(count));
    }
    finish_sending();
  }

  void finish_sending() {
    if (!reading_ && to_send_.empty()) ::shutdown(socket_.get(), SHUT_WR);
  }

  Fd socket_;
  bool framed_;
  const PumpSpec& spec_;
  Console& console_;
  DetachKeys keys_;
  api::FrameDecoder decoder_;
  bool reading_ = false;
  std::string to_send_;
  std::array<char, kChunk> buffer_{};
};

}  // namespace

std::string DetachKeys::pass(std::string_view typed) {
  std::string out;
  for (const char c : typed) {
    if (!keys_.empty() && c == keys_[matched_]) {
      if (++matched_ == keys_.size()) {
        complete_ = true;
        return out;
      }
      continue;
    }
    out += keys_.substr(0, matched_);
    matched_ = 0;
    if (!keys_.empty() && c == keys_[0] && keys_.size() > 1) {
      matched_ = 1;
    } else {
      out += c;
    }
  }
  return out;
}

PumpEnd pump(client::HijackedStream stream, const PumpSpec& spec, Console& console) {
  return Pump(std::move(stream), spec, console).run();
}

}  // namespace mydock::cli
