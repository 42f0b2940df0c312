#include "http/wire.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace mydock::http {

namespace {
constexpr std::size_t kFirstBuffer = std::size_t{4} << 10;
}  // namespace

std::string Wire::take_all() {
  std::string rest(as_text(buffered()));
  begin_ = end_ = 0;
  return rest;
}

bool Wire::readable() const {
  if (transport_) return transport_->readable();
  pollfd polled{socket_.get(), POLLIN, 0};
  return ::poll(&polled, 1, 0) > 0;
}

void Wire::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == size_ && begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == size_) {
    // A message needs more room only when its head or a chunk's header is long.
    const std::size_t size = size_ == 0 ? kFirstBuffer : std::min(size_ * 4, kBufferSize);
    if (size == size_) fail(Kind::invalid, "HTTP message: line too long");
    auto bigger = std::make_unique<std::byte[]>(size);
    if (end_ > 0) std::memcpy(bigger.get(), buffer_.get(), end_);
    buffer_ = std::move(bigger);
    size_ = size;
  }
}

bool Wire::receive(const std::stop_token& stop, Deadline deadline) {
  make_room();
  if (transport_) {
    const std::size_t got =
        transport_->read(Bytes(buffer_.get() + end_, size_ - end_), stop, deadline);
    end_ += got;
    return got > 0;
  }
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), buffer_.get() + end_, size_ - end_, 0);
    if (got >= 0) {
      end_ += static_cast<std::size_t>(got);
      return got > 0;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) fail(Kind::deadline, "no data for too long");
    if (errno == ECONNRESET) return false;
    fail_errno("read from a connection");
  }
}

bool Wire::fill() { return receive({}, {}); }

bool Wire::fill(const std::stop_token& stop, Deadline deadline) {
  if (!transport_ && (stop.stop_possible() || deadline) &&
      !wait_for(socket_, POLLIN, stop, deadline)) {
    fail(Kind::deadline, "no data for too long");
  }
  return receive(stop, deadline);
}

void Wire::send(std::string_view text) {
  iovec piece{const_cast<char*>(text.data()), text.size()};  // sendmsg does not write to it
  send(std::span(&piece, 1));
}

void Wire::send(std::span<iovec> pieces) {
  if (transport_) {
    for (const iovec& piece : pieces) {
      transport_->write(ConstBytes(static_cast<const std::byte*>(piece.iov_base), piece.iov_len),
                        stop_writes);
    }
    return;
  }
  while (!pieces.empty()) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      fail_errno("write to a connection");
    }
    while (!pieces.empty() && static_cast<std::size_t>(sent) >= pieces[0].iov_len) {
      sent -= static_cast<ssize_t>(pieces[0].iov_len);
      pieces = pieces.subspan(1);
    }
    if (sent > 0) {
      pieces[0].iov_base = static_cast<char*>(pieces[0].iov_base) + sent;
      pieces[0].iov_len -= static_cast<std::size_t>(sent);
    }
  }
}

void send_chunk(Wire& wire, ConstBytes bytes) {
  char size[24];
  const auto end = fmt::format_to_n(size, sizeof(size), "{:x}\r\n", bytes.size());
  std::byte line_end[2] = {std::byte{'\r'}, std::byte{'\n'}};
  std::array<iovec, 3> pieces{
      iovec{size, end.size},
      iovec{const_cast<std::byte*>(bytes.data()), bytes.size()},  // sendmsg does not write to it
      iovec{line_end, sizeof(line_end)}};
  wire.send(pieces);
}

bool BodySource::fill() { return wire_.fill(stop, deadline); }

std::size_t BodySource::read(Bytes buffer) {
  std::size_t produced = 0;
  while (!buffer.empty() && produced == 0 && !parser_.done()) {
    std::size_t taken = 0;
    if (!wire_.buffered().empty()) {
      taken = parser_.take_body(wire_.buffered(), buffer, produced);
      wire_.take(taken);
    }
    if (parser_.refused() != 0) fail(Kind::invalid, "HTTP message: malformed body");
    if (taken == 0 && produced == 0 && !parser_.done() && !fill()) {
      parser_.end_of_input();
      if (parser_.refused() != 0) fail(Kind::invalid, "unexpected EOF in a message body");
    }
  }
  return produced;
}

std::string read_all(Source& source, std::size_t limit) {
  std::string body;
  std::array<std::byte, 8192> piece{};
  while (const std::size_t count = source.read(piece)) {
    if (body.size() + count > limit) fail(Kind::invalid, "body is longer than {} bytes", limit);
    body += as_text(ConstBytes(piece).first(count));
  }
  return body;
}

}  // namespace mydock::http
