#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "http/request.h"

namespace mydock::http {

struct HeadLimits {
  std::size_t bytes = std::size_t{64} << 10;
  std::size_t headers = 100;
  std::size_t target = std::size_t{8} << 10;
};

// The first line and the headers of a message.
struct Head {
  std::string method;
  std::string target;
  int status = 0;
  std::string reason;
  unsigned minor_version = 1;
  Headers headers;
};

// Reads one HTTP/1 message from bytes that the caller holds. Never throws for what the peer sends:
// refused() tells the status to answer instead (400, 414, 431), and then the connection is dead.
class MessageParser {
 public:
  enum class Kind { request, response, response_to_head };
  MessageParser(Kind kind, const HeadLimits& limits);
  ~MessageParser();
  MessageParser(MessageParser&&) noexcept;
  MessageParser& operator=(MessageParser&&) noexcept;

  // Returns how many of `bytes` were taken; call again with the rest and more until head_done().
  std::size_t take_head(ConstBytes bytes);
  bool head_done() const;
  Head& head();

  // One step through the body: what is decoded goes to `out` (`produced` bytes), the number of
  // bytes taken is returned. Nothing taken and nothing produced: more input is needed.
  std::size_t take_body(ConstBytes bytes, Bytes out, std::size_t& produced);
  bool done() const;  // the whole message
  // The peer sends no more. Refused, when the message is not whole.
  void end_of_input();

  int refused() const;
  bool keep_alive() const;
  bool chunked() const;
  bool needs_eof() const;  // only the connection's end ends the body
  std::optional<std::uint64_t> content_length() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mydock::http
