#include "runtime/shim/log/socket_queue.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/error.h"

namespace mydock::runtime::shim {

namespace {

constexpr int kFirstConnectionMs = 5000;
constexpr std::chrono::seconds kRetry{1};

socklen_t unix_address(const std::string& path, sockaddr_storage& storage) {
  auto& address = reinterpret_cast<sockaddr_un&>(storage);
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    fail(Kind::invalid, "dial unix {}: the path is too long", path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return sizeof(address);
}

// "1.2.3.4:514", "[::1]:514".
socklen_t ip_address(const std::string& text, sockaddr_storage& storage) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos ||
      std::from_chars(text.data() + colon + 1, end, port).ptr != end) {
    fail(Kind::invalid, "'{}' is not an address with a port", text);
  }
  std::string host = text.substr(0, colon);
  auto& four = reinterpret_cast<sockaddr_in&>(storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(storage);
  if (host.size() > 1 && host.front() == '[') {
    host = host.substr(1, host.size() - 2);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) return sizeof(six);
  } else {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) return sizeof(four);
  }
  fail(Kind::invalid, "'{}' is not a numeric address", text);
}

}  // namespace

SocketQueue::SocketQueue(Loop& loop, const LogOptions::Remote& options)
    : loop_(loop),
      network_(options.network),
      address_(options.address),
      non_blocking_(options.non_blocking),
      max_size_(options.max_buffer) {
  const bool local = network_ == "unix" || network_ == "unixgram";
  type_ = network_ == "unix" || network_ == "tcp" ? SOCK_STREAM : SOCK_DGRAM;
  length_ = local ? unix_address(address_, storage_) : ip_address(address_, storage_);
  start_connecting();
  if (!connected_) await_first_connection();
  watch_socket();
}

void SocketQueue::start_connecting() {
  watch_.cancel();
  socket_ = Fd(check(::socket(storage_.ss_family, type_ | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                     "make a socket for the log"));
  const auto* address = reinterpret_cast<const sockaddr*>(&storage_);
  connected_ = ::connect(socket_.get(), address, length_) == 0;
  if (!connected_ && errno != EINPROGRESS) {
    const int reason = errno;
    socket_.reset();
    errno = reason;
    fail_errno("dial {} {}: connect", network_, address_);
  }
}

void SocketQueue::await_first_connection() {
  pollfd wait{socket_.get(), POLLOUT, 0};
  int failure = ETIMEDOUT;
  if (::poll(&wait, 1, kFirstConnectionMs) > 0) {
    socklen_t size = sizeof(failure);
    check(::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failure, &size), "ask a socket");
  }
  if (failure != 0) {
    errno = failure;
    fail_errno("dial {} {}: connect", network_, address_);
  }
  connected_ = true;
}

bool SocketQueue::push(std::string message, std::size_t bytes) {
  // In blocking mode the process is held up instead, after the lines that it has written already.
  const bool may_drop = non_blocking_ || !connected_;
  if (may_drop && size_ + message.size() > max_size_ && !messages_.empty()) return false;
  size_ += message.size();
  messages_.push_back({std::move(message), bytes});
  if (connected_) send_all();
  return true;
}

std::uint64_t SocketQueue::abandon() {
  std::uint64_t bytes = 0;
  for (const Message& message : messages_) bytes += message.bytes;
  messages_.clear();
  sent_ = size_ = 0;
  watch_socket();
  return bytes;
}

void SocketQueue::send_all() {
  const bool was_full = full();
  while (connected_ && !messages_.empty() && send_front()) continue;
  watch_socket();
  if ((messages_.empty() || was_full) && changed_) changed_();
}

bool SocketQueue::send_front() {
  const Message& first = messages_.front();
  const ssize_t n = ::send(socket_.get(), first.text.data() + sent_, first.text.size() - sent_,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) {
    if (errno == EINTR) return true;
    if (errno == EAGAIN || errno == ENOBUFS) return false;
    // The answer to an earlier datagram: nobody is listening at the moment.
    const bool datagram_refused = network_ == "udp" && errno == ECONNREFUSED;
    const bool too_long = errno == EMSGSIZE;
    if (!datagram_refused && !too_long) {
      lose_connection();
      return false;
    }
    if (datagram_refused) return true;
  }
  sent_ += n > 0 ? static_cast<std::size_t>(n) : 0;
  if (stream() && sent_ < first.text.size()) return true;
  size_ -= first.text.size();
  messages_.pop_front();
  sent_ = 0;
  return true;
}

void SocketQueue::lose_connection() {
  connected_ = false;
  sent_ = 0;  // whoever comes next gets the whole message
  watch_.cancel();
  socket_.reset();
  retry_ = loop_.after(kRetry, [this] {
    try {
      start_connecting();
      watch_socket();
      if (connected_) send_all();
    } catch (const Error&) {  // not yet: the container goes on without
      lose_connection();
    }
  });
}

void SocketQueue::ready() {
  if (!connected_) {
    int failure = 0;
    socklen_t size = sizeof(failure);
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0) {
      lose_connection();
      return;
    }
    connected_ = true;
  }
  send_all();
}

void SocketQueue::watch_socket() {
  if (!socket_) return;
  const bool wants = !connected_ || !messages_.empty();
  if (!wants) {
    watch_.cancel();
  } else if (!watch_) {
    watch_ = loop_.watch(socket_.get(), POLLOUT, [this](short) { ready(); });
  }
}

}  // namespace mydock::runtime::shim
