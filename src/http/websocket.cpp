#include "http/websocket.h"

#include <openssl/evp.h>
#include <strings.h>

#include <array>

#include "base/base64.h"
#include "base/error.h"

namespace mydock::http {

namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
constexpr std::uint64_t kLongestPayload = std::uint64_t{1} << 20;
constexpr std::size_t kKeyBytes = 16;

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8U | byte_at(bytes, i);
  return value;
}

void append_big_endian(std::string& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFFU);
}

bool is_control(std::uint8_t opcode) { return (opcode & 8U) != 0; }

Opcode opcode_of(std::uint8_t first) {
  const auto opcode = static_cast<std::uint8_t>(first & 0x0FU);
  const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
  if (!known || (first & 0x70U) != 0) fail(Kind::invalid, "websocket: reserved bits are set");
  return static_cast<Opcode>(opcode);
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = fmt::format("{}{}", key, kMagic);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (::EVP_Digest(text.data(), text.size(), hash.data(), &size, ::EVP_sha1(), nullptr) != 1) {
    fail(Kind::system, "SHA-1 is not available");
  }
  return encode_base64({reinterpret_cast<const char*>(hash.data()), size});
}

std::string websocket_head(const Request& request) {
  const std::string key = request.header("Sec-WebSocket-Key");
  const auto decoded = decode_base64(key);
  if (!equals_ignoring_case(request.header("Upgrade"), "websocket") || !decoded ||
      decoded->size() != kKeyBytes) {
    fail(Kind::invalid, "not a websocket handshake");
  }
  if (request.header("Sec-WebSocket-Version") != "13") {
    fail(Kind::invalid, "missing or bad WebSocket Version");
  }
  return fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\n\r\n",
      websocket_accept(key));
}

std::string websocket_frame(Opcode opcode, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(0x80U | static_cast<std::uint8_t>(opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xFFFF) {
    frame += static_cast<char>(126);
    append_big_endian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(127);
    append_big_endian(frame, payload.size(), 8);
  }
  frame += payload;
  return frame;
}

std::string websocket_close(std::uint16_t code) {
  std::string payload;
  append_big_endian(payload, code, 2);
  return payload;
}

std::optional<WebsocketReader::Frame> WebsocketReader::next() {
  const std::string_view bytes = buffer_;
  if (bytes.size() < 2) return std::nullopt;
  const Opcode opcode = opcode_of(byte_at(bytes, 0));
  const std::uint8_t second = byte_at(bytes, 1);
  if ((second & 0x80U) == 0) fail(Kind::invalid, "websocket: a frame without a mask");
  std::uint64_t size = second & 0x7FU;
  if (is_control(static_cast<std::uint8_t>(opcode)) && size > 125) {
    fail(Kind::invalid, "websocket: a long control frame");
  }
  const std::size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
  const std::size_t head = 2 + extended + 4;
  if (bytes.size() < head) return std::nullopt;
  if (extended > 0) size = big_endian(bytes.substr(2, extended));
  if (size > kLongestPayload) fail(Kind::invalid, "websocket: a frame is too large");
  if (bytes.size() - head < size) return std::nullopt;
  const std::string_view mask = bytes.substr(head - 4, 4);
  Frame frame{.opcode = opcode, .payload = std::string(bytes.substr(head, size))};
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(byte_at(frame.payload, i) ^ byte_at(mask, i % 4));
  }
  buffer_.erase(0, head + size);
  return frame;
}

}  // namespace mydock::http
