#include "network/kernel/netlink.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/stop.h"

namespace mydock::network {

namespace {

constexpr std::size_t kReceiveSize = 64 * 1024;

std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// The answer to one message, from NLMSG_ERROR; the text comes from NETLINK_EXT_ACK.
struct Answer {
  int error_number = 0;
  std::string reason;
};

Answer read_answer(const nlmsghdr& header, ConstBytes payload) {
  Answer answer;
  nlmsgerr error{};
  if (payload.size() < sizeof error) return answer;
  std::memcpy(&error, payload.data(), sizeof error);
  answer.error_number = -error.error;
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return answer;
  // With NLM_F_CAPPED only the header of the refused message is echoed, else all of it.
  std::size_t skip = sizeof error;
  if ((header.nlmsg_flags & NLM_F_CAPPED) == 0) {
    skip += padded(error.msg.nlmsg_len) - sizeof(nlmsghdr);
  }
  if (skip > payload.size()) return answer;
  for (const NetlinkAttribute& attribute : netlink_attributes(payload.subspan(skip))) {
    if (attribute.type == NLMSGERR_ATTR_MSG) answer.reason = attribute.text();
  }
  return answer;
}

[[noreturn]] void throw_answer(const Answer& answer, const std::string& doing) {
  const std::string why = std::strerror(answer.error_number);
  const std::string detail = answer.reason.empty() ? "" : " (" + answer.reason + ")";
  throw Error(Kind::system, doing + ": " + why + detail, answer.error_number);
}

// Calls use(header, payload) for each message of one datagram.
template <class F>
void each_message(ConstBytes datagram, F&& use) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
      fail(Kind::system, "netlink: a message with a wrong length");
    }
    use(header, datagram.subspan(sizeof header, header.nlmsg_len - sizeof header));
    datagram = datagram.subspan(std::min(padded(header.nlmsg_len), datagram.size()));
  }
}

}  // namespace

void NetlinkBatch::append(ConstBytes data) {
  buffer_.insert(buffer_.end(), data.begin(), data.end());
  buffer_.resize(padded(buffer_.size()));
}

nlmsghdr& NetlinkBatch::header(std::size_t at) {
  // Aligned: the vector's start is, and each message's size is padded to four.
  return *reinterpret_cast<nlmsghdr*>(buffer_.data() + at);
}

void NetlinkBatch::seal() {
  if (messages_.empty()) return;
  const std::size_t at = messages_.back().at;
  header(at).nlmsg_len = static_cast<std::uint32_t>(buffer_.size() - at);
}

void NetlinkBatch::start(int type, int flags, std::string doing) {
  seal();
  nlmsghdr head{};
  head.nlmsg_type = static_cast<std::uint16_t>(type);
  head.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  head.nlmsg_seq = static_cast<std::uint32_t>(messages_.size() + 1);
  messages_.push_back({buffer_.size(), std::move(doing), (flags & NLM_F_ACK) != 0});
  append(std::as_bytes(std::span(&head, 1)));
}

void NetlinkBatch::bytes(int attribute, ConstBytes value) {
  const nlattr head{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()),
                    static_cast<std::uint16_t>(attribute)};
  append(std::as_bytes(std::span(&head, 1)));
  append(value);
}

void NetlinkBatch::text(int attribute, std::string_view value) {
  std::string copy(value);
  copy.push_back('\0');
  bytes(attribute, as_bytes(copy));
}

NetlinkBatch::Nest NetlinkBatch::open(int attribute) {
  const Nest nest{buffer_.size()};
  bytes(attribute | NLA_F_NESTED, {});
  return nest;
}

void NetlinkBatch::close(Nest nest) {
  const auto length = static_cast<std::uint16_t>(buffer_.size() - nest.at);
  std::memcpy(buffer_.data() + nest.at, &length, sizeof length);
}

std::string_view NetlinkAttribute::text() const {
  const std::string_view all = as_text(data);
  return all.substr(0, all.find('\0'));
}

std::uint32_t NetlinkAttribute::number() const {
  std::uint32_t result = 0;
  if (data.size() >= sizeof result) std::memcpy(&result, data.data(), sizeof result);
  return result;
}

std::vector<NetlinkAttribute> netlink_attributes(ConstBytes data) {
  std::vector<NetlinkAttribute> result;
  while (data.size() >= sizeof(nlattr)) {
    nlattr head{};
    std::memcpy(&head, data.data(), sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > data.size()) break;
    result.push_back(
        {head.nla_type & NLA_TYPE_MASK, data.subspan(sizeof head, head.nla_len - sizeof head)});
    data = data.subspan(std::min(padded(head.nla_len), data.size()));
  }
  return result;
}

NetlinkSocket::NetlinkSocket(int protocol)
    : fd_(check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "open a netlink socket")),
      buffer_(kReceiveSize) {
  const int on = 1;
  // Kernels that do not know them only give poorer error texts.
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK}) {
    ::setsockopt(fd_.get(), SOL_NETLINK, option, &on, sizeof on);
  }
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  check(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&self), sizeof self),
        "bind a netlink socket");
}

void NetlinkSocket::send(NetlinkBatch& batch) {
  batch.seal();
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  check(::sendto(fd_.get(), batch.buffer_.data(), batch.buffer_.size(), 0,
                 reinterpret_cast<sockaddr*>(&kernel), sizeof kernel),
        "send to netlink");
}

ConstBytes NetlinkSocket::receive() {
  while (true) {
    const ssize_t size = ::recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    const auto length = static_cast<std::size_t>(check(size, "receive from netlink"));
    if (length > buffer_.size()) fail(Kind::system, "netlink: an answer of {} bytes", length);
    return ConstBytes(buffer_).first(length);
  }
}

void NetlinkSocket::execute(NetlinkBatch& batch) {
  send(batch);
  std::size_t awaited = 0;
  for (const auto& message : batch.messages_) awaited += message.acknowledged ? 1U : 0U;
  std::optional<std::pair<Answer, std::string>> refusal;
  while (awaited > 0) {
    each_message(receive(), [&](const nlmsghdr& header, ConstBytes payload) {
      if (header.nlmsg_type != NLMSG_ERROR) return;
      const std::size_t index = header.nlmsg_seq - std::size_t{1};
      if (index >= batch.messages_.size()) return;
      if (batch.messages_[index].acknowledged) --awaited;
      Answer answer = read_answer(header, payload);
      if (answer.error_number != 0 && !refusal) {
        refusal.emplace(std::move(answer), batch.messages_[index].doing);
      }
    });
    // A refused message without an acknowledgement ends a netfilter batch: no more answers may
    // come.
    if (refusal && batch.messages_.front().acknowledged == false) break;
  }
  if (refusal) throw_answer(refusal->first, refusal->second);
}

void NetlinkSocket::dump(NetlinkBatch& request, const std::function<void(int, ConstBytes)>& use) {
  send(request);
  bool done = false;
  while (!done) {
    each_message(receive(), [&](const nlmsghdr& header, ConstBytes payload) {
      if (header.nlmsg_type == NLMSG_DONE) {
        done = true;
      } else if (header.nlmsg_type == NLMSG_ERROR) {
        const Answer answer = read_answer(header, payload);
        if (answer.error_number != 0) {
          throw_answer(answer, request.messages_.front().doing);
        }
      } else {
        use(header.nlmsg_type, payload);
      }
    });
  }
}

NetlinkEvents::NetlinkEvents(int protocol, unsigned group)
    : fd_(check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol),
                "open a netlink socket")),
      buffer_(kReceiveSize) {
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  check(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&self), sizeof self),
        "bind a netlink socket");
  check(::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group),
        "join a netlink group");
}

NetlinkEvents::Heard NetlinkEvents::wait(const std::stop_token& stop,
                                         const std::function<void(int, ConstBytes)>& use) {
  try {
    wait_for(fd_, POLLIN, stop);
  } catch (const Error& error) {
    if (error.kind() == Kind::cancelled) return Heard::stop;
    throw;
  }
  const ssize_t size = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return Heard::something;
    if (errno == ENOBUFS) return Heard::too_much;
    fail_errno("receive from netlink");
  }
  const auto datagram = ConstBytes(buffer_).first(static_cast<std::size_t>(size));
  each_message(datagram, [&](const nlmsghdr& header, ConstBytes payload) {
    use(header.nlmsg_type, payload);
  });
  return Heard::something;
}

}  // namespace mydock::network
