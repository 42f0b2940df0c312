#include "network/dns/message.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mydock::network::dns {

namespace {

constexpr std::uint16_t kTypeOpt = 41;
constexpr std::uint16_t kOurUdpSize = 1232;  // DNS flag day 2020
constexpr std::uint32_t kTtl = 600;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxLabel = 63;

std::uint16_t get16(ConstBytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8 |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

void put16(Message& message, std::size_t value) {
  message.push_back(static_cast<std::byte>(value >> 8 & 0xff));
  message.push_back(static_cast<std::byte>(value & 0xff));
}

void put32(Message& message, std::uint32_t value) {
  put16(message, value >> 16);
  put16(message, value & 0xffff);
}

void set16(Message& message, std::size_t at, std::size_t value) {
  message[at] = static_cast<std::byte>(value >> 8 & 0xff);
  message[at + 1] = static_cast<std::byte>(value & 0xff);
}

char lower(std::byte byte) {
  const char c = static_cast<char>(byte);
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A name without compression, as a question has it. False: cut short or too long.
bool read_name(ConstBytes message, std::size_t& at, std::string& name) {
  while (at < message.size()) {
    const std::size_t length = std::to_integer<std::size_t>(message[at++]);
    if (length == 0) return true;
    if (length > kMaxLabel || at + length > message.size()) return false;
    if (!name.empty()) name += '.';
    for (std::size_t i = 0; i < length; ++i) {
      const char c = lower(message[at + i]);
      name += c == '.' ? '\xff' : c;  // a dot in a label is no separator, and no name of ours
    }
    at += length;
    if (name.size() > kMaxName) return false;
  }
  return false;
}

// Past a record's name, which may be compressed.
bool skip_name(ConstBytes message, std::size_t& at) {
  while (at < message.size()) {
    const std::size_t length = std::to_integer<std::size_t>(message[at++]);
    if (length == 0) return true;
    if ((length & 0xc0) == 0xc0) return ++at <= message.size();
    at += length;
  }
  return false;
}

// The OPT record (RFC 6891) among the additional ones of a query that has no others.
void find_edns(ConstBytes message, Query& query) {
  const std::size_t records =
      std::size_t{get16(message, 6)} + get16(message, 8) + get16(message, 10);
  std::size_t at = query.end;
  for (std::size_t i = 0; i < records; ++i) {
    if (!skip_name(message, at) || at + 10 > message.size()) return;
    if (get16(message, at) == kTypeOpt) {
      query.has_edns = true;
      query.udp_size = std::max<std::size_t>(kPlainUdpSize, get16(message, at + 2));
      return;
    }
    at += std::size_t{10} + get16(message, at + 8);
  }
}

Message begin_answer(ConstBytes request, std::size_t question_end, Code code) {
  Message answer(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(question_end));
  // Kept: opcode and "recursion desired". Added: "answer", "recursion available".
  answer[2] = (answer[2] & std::byte{0x79}) | std::byte{0x80};
  answer[3] = std::byte{0x80} | static_cast<std::byte>(code);
  for (std::size_t at = 6; at < kHeaderSize; at += 2) set16(answer, at, 0);
  return answer;
}

void end_answer(Message& answer, const Query& query, std::size_t records) {
  set16(answer, 6, records);
  if (!query.has_edns) return;
  set16(answer, 10, 1);
  answer.push_back(std::byte{0});
  put16(answer, kTypeOpt);
  put16(answer, kOurUdpSize);
  put32(answer, 0);
  put16(answer, 0);
}

void put_record(Message& answer, const Query& query, ConstBytes data) {
  put16(answer, 0xc000 | kHeaderSize);  // the question's name
  put16(answer, query.question.type);
  put16(answer, kClassInternet);
  put32(answer, kTtl);
  put16(answer, data.size());
  answer.insert(answer.end(), data.begin(), data.end());
}

template <class T>
std::optional<T> number(std::string_view text, int base) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value >= static_cast<unsigned>(base == 16 ? 16 : 256)) return std::nullopt;
  return static_cast<T>(value);
}

// The last part of a dotted name, taken off it.
std::string_view take_last(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  return last;
}

}  // namespace

bool is_query(ConstBytes message) {
  return message.size() >= kHeaderSize && (message[2] & std::byte{0x80}) == std::byte{0};
}

std::optional<Query> parse_query(ConstBytes message) {
  if (!is_query(message) || get16(message, 4) != 1) return std::nullopt;
  Query query;
  if (!read_name(message, query.end, query.question.name)) return std::nullopt;
  if (query.end + 4 > message.size()) return std::nullopt;
  query.question.type = get16(message, query.end);
  query.question.klass = get16(message, query.end + 2);
  query.end += 4;
  find_edns(message, query);
  return query;
}

std::uint16_t id_of(ConstBytes message) { return get16(message, 0); }

void set_id(Message& message, std::uint16_t id) { set16(message, 0, id); }

Code code_of(ConstBytes message) { return static_cast<Code>(message[3] & std::byte{0x0f}); }

bool answers(ConstBytes answer, ConstBytes request) {
  if (answer.size() < kHeaderSize || is_query(answer) || id_of(answer) != id_of(request)) {
    return false;
  }
  // A server that cannot read the question may leave it out.
  if (get16(answer, 4) == 0) return code_of(answer) != Code::no_error;
  const auto asked = parse_query(request);
  if (!asked || answer.size() < asked->end) return false;
  const auto same = [](std::byte a, std::byte b) { return lower(a) == lower(b); };
  return std::equal(request.begin() + kHeaderSize,
                    request.begin() + static_cast<std::ptrdiff_t>(asked->end),
                    answer.begin() + kHeaderSize, same);
}

Message make_answer(ConstBytes request, const Query& query, Code code) {
  Message answer = begin_answer(request, query.end, code);
  end_answer(answer, query, 0);
  return answer;
}

Message make_answer(ConstBytes request, const Query& query, const std::vector<Address>& addresses,
                    std::size_t limit) {
  constexpr std::size_t kEdnsSize = 11;
  Message answer = begin_answer(request, query.end, Code::no_error);
  const std::size_t room = limit - std::min(limit, query.has_edns ? kEdnsSize : 0);
  std::size_t records = 0;
  for (const Address address : addresses) {
    if (query.question.type != (address.v6 ? kTypeAaaa : kTypeA)) continue;
    const WireAddress wire = to_wire(address);
    if (answer.size() + kHeaderSize + wire.size > room) {
      answer[2] |= std::byte{0x02};
      break;
    }
    put_record(answer, query, wire.bytes());
    ++records;
  }
  end_answer(answer, query, records);
  return answer;
}

Message make_pointer_answer(ConstBytes request, const Query& query, std::string_view name) {
  Message data;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view label = name.substr(0, std::min(dot, kMaxLabel));
    data.push_back(static_cast<std::byte>(label.size()));
    const ConstBytes bytes = as_bytes(label);
    data.insert(data.end(), bytes.begin(), bytes.end());
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  data.push_back(std::byte{0});
  Message answer = begin_answer(request, query.end, Code::no_error);
  put_record(answer, query, data);
  end_answer(answer, query, 1);
  return answer;
}

Message make_format_error(ConstBytes request) {
  Message answer = begin_answer(request, kHeaderSize, Code::format_error);
  set16(answer, 4, 0);
  return answer;
}

std::optional<Address> pointed_address(std::string_view name) {
  if (take_last(name) != "arpa") return std::nullopt;
  const std::string_view family = take_last(name);
  const bool v6 = family == "ip6";
  if (!v6 && family != "in-addr") return std::nullopt;
  Address address{0, v6};
  for (int i = 0; i < (v6 ? 32 : 4); ++i) {
    const auto part = number<unsigned>(take_last(name), v6 ? 16 : 10);
    if (!part) return std::nullopt;
    address.value = address.value << (v6 ? 4 : 8) | *part;
  }
  return name.empty() ? std::optional(address) : std::nullopt;
}

}  // namespace mydock::network::dns
