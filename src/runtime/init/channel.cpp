#include "runtime/init/channel.h"

#include <sys/socket.h>

#include <array>
#include <cstring>

namespace mydock::runtime::init {
namespace {

constexpr std::size_t kLargestPacket = std::size_t{64} << 10;
constexpr std::size_t kLargestText = std::size_t{32} << 10;

Fd take_fd(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return Fd(fd);
  }
  return {};
}

}  // namespace

void send_message(int channel, const ChannelMessage& message, int fd) {
  ChannelMessage bounded = message;
  if (bounded.message.size() > kLargestText) bounded.message.resize(kLargestText);
  std::string text = to_json(bounded);
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (fd >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(channel, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  check(sent, "send \"{}\" between shim and init", message.op);
}

std::optional<ChannelPacket> receive_message(int channel) {
  std::string text(kLargestPacket, '\0');
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == ECONNRESET) return std::nullopt;
  check(got, "receive between shim and init");
  ChannelPacket packet{.message = {}, .fd = take_fd(header)};
  if (got == 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  packet.message = from_json<ChannelMessage>(text);
  return packet;
}

ChannelMessage to_message(const Error& error) {
  return {.op = "error",
          .kind = std::string(to_string(error.kind())),
          .message = error.message(),
          .error_number = error.error_number()};
}

Error to_error(const ChannelMessage& message) {
  return {kind_from_string(message.kind), message.message, message.error_number};
}

}  // namespace mydock::runtime::init
