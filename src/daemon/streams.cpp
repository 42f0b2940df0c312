#include "daemon/streams.h"

#include <charconv>

#include "base/error.h"

namespace mydock::daemon {

namespace {

std::uint32_t dimension(const Call& call, std::string_view parameter, std::string_view name) {
  const std::string text = call.query(parameter);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > 0xFFFF) {
    fail(Kind::invalid, "invalid resize {} {}: {}", name, json_quote(text),
         error == std::errc::result_out_of_range || value > 0xFFFF ? "value out of range"
                                                                   : "invalid syntax");
  }
  return value;
}

}  // namespace

std::string_view stream_type(const Call& call, Framing framing, bool upgraded) {
  const bool known = call.version >= api::ApiVersion{1, 42};
  return framing == Framing::multiplexed && known && upgraded ? kMultiplexedStream : kRawStream;
}

std::string stream_head(const Call& call, Framing framing, std::string_view more) {
  const bool upgraded = !call.request.header("Upgrade").empty();
  const std::string_view type = stream_type(call, framing, upgraded);
  if (!upgraded) return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{}\r\n", type, more);
  return fmt::format(
      "HTTP/1.1 101 UPGRADED\r\nContent-Type: {}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n{}\r\n",
      type, more);
}

TerminalSize terminal_size(const Call& call) {
  return {.rows = dimension(call, "h", "height"), .columns = dimension(call, "w", "width")};
}

}  // namespace mydock::daemon
