#include "network/kernel/nftables.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>

#include "base/error.h"
#include "base/process.h"

namespace mydock::network {

namespace {

fs::path find_nft() {
  for (const char* place : {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"}) {
    if (::access(place, X_OK) == 0) return place;
  }
  fail(Kind::unavailable,
       "nft is not installed: install nftables, or run without rules (--iptables=false)");
}

// A file in memory, for the program's stdin: never blocks, however long the text is.
Fd memory_file(std::string_view text) {
  Fd fd(check(::memfd_create("rules", MFD_CLOEXEC), "make a file in memory"));
  write_all(fd, text);
  check(::lseek(fd.get(), 0, SEEK_SET), "rewind a file in memory");
  return fd;
}

constexpr int kFamilyInet = 1;  // NFPROTO_INET

nfgenmsg family_header(int family, std::uint16_t resource = 0) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<std::uint8_t>(family);
  header.version = NFNETLINK_V0;
  header.res_id = htons(resource);
  return header;
}

int message_type(int message) { return NFNL_SUBSYS_NFTABLES << 8 | message; }

// A concatenation: each part starts at a multiple of four bytes.
class Concatenation {
 public:
  void number(std::uint8_t value) { add(&value, sizeof value); }
  void port(std::uint16_t value) {
    const std::uint16_t wire = htons(value);
    add(&wire, sizeof wire);
  }
  void address(Address value) {
    const WireAddress wire = to_wire(value);
    add(wire.data.data(), wire.size);
  }
  ConstBytes bytes() const { return ConstBytes(data_).first(size_); }

 private:
  void add(const void* part, std::size_t size) {
    std::memcpy(data_.data() + size_, part, size);
    size_ += (size + 3) & ~std::size_t{3};
  }
  std::array<std::byte, 32> data_{};
  std::size_t size_ = 0;
};

void add_data(NetlinkBatch& batch, int attribute, const Concatenation& data) {
  const auto nest = batch.open(attribute);
  batch.bytes(NFTA_DATA_VALUE, data.bytes());
  batch.close(nest);
}

const char* map_of(const Publication& port) {
  if (port.host.v6) return port.host.is_any() ? "published6_any" : "published6";
  return port.host.is_any() ? "published_any" : "published";
}

std::uint8_t protocol_number(std::string_view protocol) {
  if (protocol == "sctp") return IPPROTO_SCTP;
  return protocol == "udp" ? IPPROTO_UDP : IPPROTO_TCP;
}

void add_element(NetlinkBatch& batch, ElementChange change, const Publication& port) {
  const auto element = batch.open(NFTA_LIST_ELEM);
  Concatenation key;
  key.number(protocol_number(port.protocol));
  if (!port.host.is_any()) key.address(port.host);
  key.port(port.host_port);
  add_data(batch, NFTA_SET_ELEM_KEY, key);
  if (change == ElementChange::add) {
    Concatenation target;
    target.address(port.target);
    target.port(port.target_port);
    add_data(batch, NFTA_SET_ELEM_DATA, target);
  }
  batch.close(element);
}

using PortList = std::span<const Publication* const>;

std::string describe(ElementChange change, PortList ports) {
  const Publication& first = *ports.front();
  const std::string where = fmt::format(fmt::runtime(first.host.v6 ? "[{}]:{}/{}" : "{}:{}/{}"),
                                        to_string(first.host), first.host_port, first.protocol);
  const std::string doing = change == ElementChange::add ? "publish " : "unpublish ";
  return ports.size() == 1 ? doing + where
                           : fmt::format("{}{} ports from {} on", doing, ports.size(), where);
}

// One message for many elements: each message has an answer, and a thousand of them do not fit into
// a socket's buffer.
void add_elements(NetlinkBatch& batch, ElementChange change, const char* map, PortList ports) {
  const bool add = change == ElementChange::add;
  batch.begin(message_type(add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM),
              NLM_F_ACK | (add ? NLM_F_CREATE : 0), describe(change, ports),
              family_header(kFamilyInet));
  batch.text(NFTA_SET_ELEM_LIST_TABLE, "mydock");
  batch.text(NFTA_SET_ELEM_LIST_SET, map);
  const auto list = batch.open(NFTA_SET_ELEM_LIST_ELEMENTS);
  for (const Publication* port : ports) add_element(batch, change, *port);
  batch.close(list);
}

bool has_table() {
  NetlinkBatch request;
  request.begin(message_type(NFT_MSG_GETTABLE), NLM_F_ACK, "look for the table inet mydock",
                family_header(kFamilyInet));
  request.text(NFTA_TABLE_NAME, "mydock");
  try {
    NetlinkSocket(NETLINK_NETFILTER).execute(request);
  } catch (const Error& error) {
    if (error.error_number() != ENOENT) throw;
    return false;
  }
  return true;
}

}  // namespace

void run_nft(std::string_view text) {
  const Fd input = memory_file(text);
  auto [ours, theirs] = make_pipe();
  const Process nft = Process::spawn({.program = find_nft(),
                                      .args = {"-f", "-"},
                                      .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                      .fds = {{input.get(), 0}, {theirs.get(), 2}},
                                      .directory = {}});
  theirs.reset();
  std::string said = read_to_end(ours, std::size_t{1} << 20);
  const auto status = nft.wait({});
  if (!status || status->code == 0) return;
  while (!said.empty() && said.back() == '\n') said.pop_back();
  fail(Kind::system, "load the firewall rules with nft: {}", said);
}

void change_published(NetlinkSocket& socket, ElementChange change,
                      const std::vector<Publication>& ports) {
  if (ports.empty()) return;
  NetlinkBatch batch;
  batch.begin(NFNL_MSG_BATCH_BEGIN, 0, "begin a firewall transaction",
              family_header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  constexpr std::size_t kAtOnce = 200;  // an attribute has at most 64 KiB
  std::map<std::string_view, std::vector<const Publication*>> by_map;
  for (const Publication& port : ports) by_map[map_of(port)].push_back(&port);
  for (const auto& [map, list] : by_map) {
    for (std::size_t at = 0; at < list.size(); at += kAtOnce) {
      add_elements(batch, change, map.data(),
                   PortList(list).subspan(at, std::min(kAtOnce, list.size() - at)));
    }
  }
  batch.begin(NFNL_MSG_BATCH_END, 0, "end a firewall transaction",
              family_header(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  socket.execute(batch);
}

bool wait_for_table_end(const std::stop_token& stop) {
  NetlinkEvents events(NETLINK_NETFILTER, NFNLGRP_NFTABLES);
  while (true) {
    bool ended = false;
    const auto look = [&](int type, ConstBytes payload) {
      if (type != message_type(NFT_MSG_DELTABLE) || payload.size() < sizeof(nfgenmsg)) return;
      for (const auto& attribute : netlink_attributes(payload.subspan(sizeof(nfgenmsg)))) {
        if (attribute.type == NFTA_TABLE_NAME && attribute.text() == "mydock") ended = true;
      }
    };
    const auto heard = events.wait(stop, look);
    if (heard == NetlinkEvents::Heard::stop) return false;
    // Our own loading may have been too much, so only a look tells.
    if (ended || (heard == NetlinkEvents::Heard::too_much && !has_table())) return true;
  }
}

}  // namespace mydock::network
