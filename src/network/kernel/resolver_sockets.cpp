#include "network/kernel/resolver_sockets.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/error.h"
#include "network/kernel/netlink.h"

namespace mydock::network {

namespace {

constexpr std::uint32_t kServer = 0x7f00000b;  // 127.0.0.11
constexpr std::uint16_t kDns = 53;
constexpr const char* kTable = "mydock-dns";
constexpr const char* kChain = "output";

int message_type(int message) { return NFNL_SUBSYS_NFTABLES << 8 | message; }

nfgenmsg family_header(int family, std::uint16_t resource = 0) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<std::uint8_t>(family);
  header.version = NFNETLINK_V0;
  header.res_id = htons(resource);
  return header;
}

void number(NetlinkBatch& batch, int attribute, std::uint32_t value) {
  batch.value(attribute, htonl(value));
}

// One rule's expressions. Each is a list element with a name and data of its own.
class Expressions {
 public:
  explicit Expressions(NetlinkBatch& batch)
      : batch_(batch), list_(batch.open(NFTA_RULE_EXPRESSIONS)) {}
  ~Expressions() { batch_.close(list_); }
  Expressions(const Expressions&) = delete;
  Expressions& operator=(const Expressions&) = delete;

  void load_protocol() {
    add("meta", [&] {
      number(batch_, NFTA_META_DREG, NFT_REG_1);
      number(batch_, NFTA_META_KEY, NFT_META_L4PROTO);
    });
  }
  void load(std::uint32_t base, std::uint32_t offset, std::uint32_t length) {
    add("payload", [&] {
      number(batch_, NFTA_PAYLOAD_DREG, NFT_REG_1);
      place(base, offset, length);
    });
  }
  template <class T>
  void require(T value) {
    add("cmp", [&] {
      number(batch_, NFTA_CMP_SREG, NFT_REG_1);
      number(batch_, NFTA_CMP_OP, NFT_CMP_EQ);
      data(NFTA_CMP_DATA, value);
    });
  }
  // A port of the transport header, and the checksum at `checksum` with it.
  void store_port(std::uint32_t offset, std::uint16_t port, std::uint32_t checksum) {
    add("immediate", [&] {
      number(batch_, NFTA_IMMEDIATE_DREG, NFT_REG_1);
      data(NFTA_IMMEDIATE_DATA, port);
    });
    add("payload", [&] {
      number(batch_, NFTA_PAYLOAD_SREG, NFT_REG_1);
      place(NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof port);
      number(batch_, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
      number(batch_, NFTA_PAYLOAD_CSUM_OFFSET, checksum);
    });
  }

 private:
  template <class F>
  void add(const char* name, F&& body) {
    const auto element = batch_.open(NFTA_LIST_ELEM);
    batch_.text(NFTA_EXPR_NAME, name);
    const auto inner = batch_.open(NFTA_EXPR_DATA);
    body();
    batch_.close(inner);
    batch_.close(element);
  }
  void place(std::uint32_t base, std::uint32_t offset, std::uint32_t length) {
    number(batch_, NFTA_PAYLOAD_BASE, base);
    number(batch_, NFTA_PAYLOAD_OFFSET, offset);
    number(batch_, NFTA_PAYLOAD_LEN, length);
  }
  template <class T>
  void data(int attribute, T value) {
    const auto nest = batch_.open(attribute);
    batch_.value(NFTA_DATA_VALUE, value);
    batch_.close(nest);
  }

  NetlinkBatch& batch_;
  NetlinkBatch::Nest list_;
};

struct Direction {
  std::uint32_t address;  // where the IP header has 127.0.0.11
  std::uint32_t port;     // where the transport header has the port
};
constexpr Direction kToServer{16, 2};
constexpr Direction kFromServer{12, 0};

// "ip daddr 127.0.0.11 udp dport 53 udp dport set PORT", and the way back.
void add_rule(NetlinkBatch& batch, const Direction& where, std::uint8_t protocol,
              std::uint16_t before, std::uint16_t after) {
  batch.begin(message_type(NFT_MSG_NEWRULE), NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND,
              "add a rule for the name server", family_header(NFPROTO_IPV4));
  batch.text(NFTA_RULE_TABLE, kTable);
  batch.text(NFTA_RULE_CHAIN, kChain);
  Expressions rule(batch);
  rule.load(NFT_PAYLOAD_NETWORK_HEADER, where.address, 4);
  rule.require(htonl(kServer));
  rule.load_protocol();
  rule.require(protocol);
  rule.load(NFT_PAYLOAD_TRANSPORT_HEADER, where.port, 2);
  rule.require(htons(before));
  rule.store_port(where.port, htons(after), protocol == IPPROTO_TCP ? 16 : 6);
}

void add_table(NetlinkBatch& batch, int message, int flags) {
  batch.begin(message_type(message), NLM_F_ACK | flags, "replace the name server's rules",
              family_header(NFPROTO_IPV4));
  batch.text(NFTA_TABLE_NAME, kTable);
}

void add_chain(NetlinkBatch& batch) {
  batch.begin(message_type(NFT_MSG_NEWCHAIN), NLM_F_ACK | NLM_F_CREATE,
              "add the name server's chain", family_header(NFPROTO_IPV4));
  batch.text(NFTA_CHAIN_TABLE, kTable);
  batch.text(NFTA_CHAIN_NAME, kChain);
  const auto hook = batch.open(NFTA_CHAIN_HOOK);
  number(batch, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
  number(batch, NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(-300));  // raw: before any NAT
  batch.close(hook);
  batch.text(NFTA_CHAIN_TYPE, "filter");
}

void redirect(std::uint16_t udp, std::uint16_t tcp) {
  NetlinkBatch batch;
  batch.begin(NFNL_MSG_BATCH_BEGIN, 0, "begin a firewall transaction",
              family_header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  // One that an earlier daemon left goes; deleting what is not there would be an error.
  add_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
  add_table(batch, NFT_MSG_DELTABLE, 0);
  add_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
  add_chain(batch);
  add_rule(batch, kToServer, IPPROTO_UDP, kDns, udp);
  add_rule(batch, kFromServer, IPPROTO_UDP, udp, kDns);
  add_rule(batch, kToServer, IPPROTO_TCP, kDns, tcp);
  add_rule(batch, kFromServer, IPPROTO_TCP, tcp, kDns);
  batch.begin(NFNL_MSG_BATCH_END, 0, "end a firewall transaction",
              family_header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  NetlinkSocket(NETLINK_NETFILTER).execute(batch);
}

Fd bind_server(int type) {
  Fd fd(check(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "make a socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kServer);
  check(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
        "bind the name server's socket");
  return fd;
}

std::uint16_t port_of(const Fd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size),
        "get a socket's address");
  return ntohs(address.sin_port);
}

}  // namespace

ResolverSockets open_resolver() {
  constexpr int kBacklog = 64;
  ResolverSockets sockets{bind_server(SOCK_DGRAM), bind_server(SOCK_STREAM)};
  check(::listen(sockets.tcp.get(), kBacklog), "listen for the name server");
  redirect(port_of(sockets.udp), port_of(sockets.tcp));
  return sockets;
}

}  // namespace mydock::network
