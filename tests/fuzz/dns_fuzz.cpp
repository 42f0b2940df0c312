// module: network
#include <cstdint>
#include <cstdlib>
#include <span>

#include "network/dns/message.h"

namespace dns = mydock::network::dns;

// Whatever a container sends: an answer to it is well formed, no larger than allowed, and its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = std::as_bytes(std::span(data, size));
  const auto query = dns::parse_query(message);
  if (!query) {
    if (dns::is_query(message)) static_cast<void>(dns::make_format_error(message));
    return 0;
  }
  static_cast<void>(dns::pointed_address(query->question.name));
  const std::vector<mydock::network::Address> addresses(40, {0x0a000002});
  const dns::Message answer = dns::make_answer(message, *query, addresses, query->udp_size);
  if (answer.size() > query->udp_size && answer.size() > query->end + 16) std::abort();
  if (!dns::answers(answer, message)) std::abort();
  if (!dns::answers(dns::make_answer(message, *query, dns::Code::no_such_name), message)) {
    std::abort();
  }
  static_cast<void>(dns::make_pointer_answer(message, *query, query->question.name));
  return 0;
}
