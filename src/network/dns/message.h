#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/address.h"

// The part of RFC 1035 that a server of a few names needs. Everything here is read from containers:
// nothing is trusted, nothing is larger than the message.
namespace mydock::network::dns {

using Message = std::vector<std::byte>;

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypePtr = 12;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kClassInternet = 1;

constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kPlainUdpSize = 512;  // an answer's limit without EDNS

enum class Code : std::uint8_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5,
};

struct Question {
  std::string name;  // lower case, no dot at the end; empty: the root
  std::uint16_t type = 0;
  std::uint16_t klass = kClassInternet;
  bool operator==(const Question&) const = default;
};

struct Query {
  Question question;
  std::size_t end = kHeaderSize;  // of the question in the message
  bool has_edns = false;
  std::size_t udp_size = kPlainUdpSize;  // what the asker takes by UDP
};

// No value: not one question, or not well formed.
std::optional<Query> parse_query(ConstBytes message);
// Is it an answer to `request`: the same id and question?
bool answers(ConstBytes answer, ConstBytes request);
std::uint16_t id_of(ConstBytes message);  // of at least a header
void set_id(Message& message, std::uint16_t id);
Code code_of(ConstBytes message);
bool is_query(ConstBytes message);  // a header at least, and not an answer

// An answer without records.
Message make_answer(ConstBytes request, const Query& query, Code code);
// To A, AAAA: those of `addresses` that are of the type asked for, as many as fit in `limit` bytes
// (then the truncation bit is set).
Message make_answer(ConstBytes request, const Query& query, const std::vector<Address>& addresses,
                    std::size_t limit);
Message make_pointer_answer(ConstBytes request, const Query& query, std::string_view name);
// For a message whose question cannot be read.
Message make_format_error(ConstBytes request);

// "4.3.2.1.in-addr.arpa", "….ip6.arpa" -> the address.
std::optional<Address> pointed_address(std::string_view name);

}  // namespace mydock::network::dns
