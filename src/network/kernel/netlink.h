#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace mydock::network {

// Netlink requests, built one after the other and sent in one piece.
//
//   batch.begin(RTM_NEWLINK, NLM_F_CREATE, "create veth1", ifinfomsg{…});
//   batch.text(IFLA_IFNAME, "veth1");
//   const auto nest = batch.open(IFLA_LINKINFO); … batch.close(nest);
class NetlinkBatch {
 public:
  // Starts a message: `doing` is for the error, when the kernel refuses it.
  template <class Header>
  void begin(int type, int flags, std::string doing, const Header& header) {
    start(type, flags, std::move(doing));
    append(std::as_bytes(std::span(&header, 1)));
  }
  void bytes(int attribute, ConstBytes value);
  void text(int attribute, std::string_view value);  // with a NUL after it
  template <class T>
  void value(int attribute, const T& number) {
    bytes(attribute, std::as_bytes(std::span(&number, 1)));
  }
  struct Nest {
    std::size_t at;
  };
  Nest open(int attribute);
  void close(Nest nest);
  // A structure without an attribute header around it (the ifinfomsg of a veth's peer).
  template <class T>
  void raw(const T& data) {
    append(std::as_bytes(std::span(&data, 1)));
  }

 private:
  friend class NetlinkSocket;
  struct Message {
    std::size_t at;
    std::string doing;
    bool acknowledged;
  };
  void start(int type, int flags, std::string doing);
  void append(ConstBytes data);  // and pads to four bytes
  void seal();                   // writes the last message's length
  nlmsghdr& header(std::size_t at);

  std::vector<std::byte> buffer_;
  std::vector<Message> messages_;
};

// One attribute of an answer.
struct NetlinkAttribute {
  int type;
  ConstBytes data;
  std::string_view text() const;  // without the NUL
  std::uint32_t number() const;   // four bytes in host order; 0 if there are fewer
};
std::vector<NetlinkAttribute> netlink_attributes(ConstBytes data);

// Belongs to the network namespace of the thread that made it. Used by one thread.
class NetlinkSocket {
 public:
  explicit NetlinkSocket(int protocol);  // NETLINK_ROUTE, NETLINK_NETFILTER

  // Sends all, reads all answers. Errors: the first refusal, as system "<doing>: <reason>", with
  // the kernel's own words if it gave any. The kernel goes on with later messages after a refusal.
  void execute(NetlinkBatch& batch);
  // Sends one dump request; calls `use(type, payload)` for each answer.
  void dump(NetlinkBatch& request, const std::function<void(int, ConstBytes)>& use);

 private:
  ConstBytes receive();
  void send(NetlinkBatch& batch);

  Fd fd_;
  std::vector<std::byte> buffer_;
};

// What the kernel tells the members of a multicast group.
class NetlinkEvents {
 public:
  NetlinkEvents(int protocol, unsigned group);
  enum class Heard { something, too_much, stop };
  // Waits for one datagram, and calls `use(type, payload)` for each message of it. Too much: the
  // kernel had more to tell than there was room for, and some of it is lost.
  Heard wait(const std::stop_token& stop, const std::function<void(int, ConstBytes)>& use);

 private:
  Fd fd_;
  std::vector<std::byte> buffer_;
};

}  // namespace mydock::network
