#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/stop.h"

namespace mydock::http {

// A TCP connection: non-blocking, close-on-exec. Errors: system, in the words of Go's net ("dial
// tcp: lookup x: no such host", "dial tcp 10.0.0.1:5000: connect: connection refused"); cancelled.
Fd dial(const std::string& host, std::uint16_t port, const std::stop_token& stop,
        Deadline deadline);

// The IP addresses that `host` means now, as text; none when it cannot be looked up.
std::vector<std::string> addresses_of(const std::string& host);
// Whether an IP address is in a network ("127.0.0.0/8", "::1/128"); false for what is neither.
bool in_network(std::string_view address, std::string_view network);

}  // namespace mydock::http
