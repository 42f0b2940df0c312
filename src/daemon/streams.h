#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/call.h"

namespace mydock::daemon {

inline constexpr std::string_view kRawStream = "application/vnd.docker.raw-stream";
inline constexpr std::string_view kMultiplexedStream = "application/vnd.docker.multiplexed-stream";

enum class Framing { raw, multiplexed };

// The content type that this client expects: clients before 1.42, and those that did not ask for an
// upgrade, know only the raw one, whatever the framing is.
std::string_view stream_type(const Call& call, Framing framing, bool upgraded);

// The head that turns the connection into a byte pipe: 101 if the client asked to upgrade, else
// 200. `more`: further header lines, each with its CRLF.
std::string stream_head(const Call& call, Framing framing, std::string_view more);

struct TerminalSize {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
};
// Query parameters h and w. Errors: invalid.
TerminalSize terminal_size(const Call& call);

}  // namespace mydock::daemon
