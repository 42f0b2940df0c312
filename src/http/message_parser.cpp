#include "http/message_parser.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <variant>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#pragma GCC diagnostic pop

namespace mydock::http {

namespace {

namespace beast_http = boost::beast::http;
using boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

std::string text(string_view view) { return {view.data(), view.size()}; }

// What both directions share: Beast finds the parts, this keeps them.
template <bool IsRequest>
class Parser final : public beast_http::basic_parser<IsRequest> {
 public:
  explicit Parser(const HeadLimits& limits) : limits_(limits) {
    this->header_limit(static_cast<std::uint32_t>(limits.bytes + 1));
    // Not boost::none, to which Beast 1.74 compares every length as longer.
    this->body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  Head head;
  Bytes out;                 // where the next body bytes go
  std::size_t produced = 0;  // how many went there
  int refused = 0;

 private:
  void refuse(int status, ErrorCode& ec) {
    refused = status;
    ec = beast_http::error::bad_value;
  }
  void on_request_impl(beast_http::verb, string_view method, string_view target, int version,
                       ErrorCode& ec) override {
    if (target.size() > limits_.target) return refuse(414, ec);
    head.method = text(method);
    head.target = text(target);
    head.minor_version = static_cast<unsigned>(version - 10);
  }
  void on_response_impl(int code, string_view reason, int version, ErrorCode&) override {
    head.status = code;
    head.reason = text(reason);
    head.minor_version = static_cast<unsigned>(version - 10);
  }
  void on_field_impl(beast_http::field field, string_view name, string_view value,
                     ErrorCode& ec) override {
    if (head.headers.size() >= limits_.headers) return refuse(431, ec);
    // RFC 9112 6.1: an encoding that we do not know hides where the message ends.
    if (field == beast_http::field::transfer_encoding &&
        (!boost::beast::iequals(value, "chunked") || head.minor_version == 0)) {
      return refuse(400, ec);
    }
    head.headers.emplace_back(text(name), text(value));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t take(string_view bytes) {
    const std::size_t size = std::min(bytes.size(), out.size());
    if (size > 0) std::memcpy(out.data(), bytes.data(), size);
    out = out.subspan(size);
    produced += size;
    return size;
  }
  std::size_t on_body_impl(string_view body, ErrorCode&) override { return take(body); }
  void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, ErrorCode&) override {
    return take(body);
  }
  void on_finish_impl(ErrorCode&) override {}

  HeadLimits limits_;
};

// RFC 9112 5.2: a line that starts with a blank continues the header before; Beast would accept it.
bool has_folded_line(std::string_view taken) {
  for (std::size_t at = taken.find("\r\n"); at != taken.npos; at = taken.find("\r\n", at + 2)) {
    if (at + 2 < taken.size() && (taken[at + 2] == ' ' || taken[at + 2] == '\t')) return true;
  }
  return false;
}

template <bool IsRequest>
std::size_t put(Parser<IsRequest>& parser, ConstBytes bytes) {
  ErrorCode ec;
  const std::size_t taken = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != beast_http::error::need_more && parser.refused == 0) {
    parser.refused = ec == beast_http::error::header_limit ? 431 : 400;
  }
  return taken;
}

}  // namespace

struct MessageParser::State {
  explicit State(Kind kind, const HeadLimits& head_limits) : limits(head_limits) {
    if (kind == Kind::request) {
      parser.emplace<Parser<true>>(limits);
    } else {
      parser.emplace<Parser<false>>(limits).skip(kind == Kind::response_to_head);
    }
  }
  template <class F>
  decltype(auto) visit(F&& use) {
    if (auto* request = std::get_if<Parser<true>>(&parser)) return use(*request);
    return use(std::get<Parser<false>>(parser));
  }

  HeadLimits limits;
  std::size_t head_bytes = 0;
  std::variant<std::monostate, Parser<true>, Parser<false>> parser;
};

MessageParser::MessageParser(Kind kind, const HeadLimits& limits)
    : state_(std::make_unique<State>(kind, limits)) {}
MessageParser::~MessageParser() = default;
MessageParser::MessageParser(MessageParser&&) noexcept = default;
MessageParser& MessageParser::operator=(MessageParser&&) noexcept = default;

std::size_t MessageParser::take_head(ConstBytes bytes) {
  return state_->visit([&](auto& parser) {
    const std::size_t taken = put(parser, bytes);
    state_->head_bytes += taken;
    const std::size_t waiting = parser.is_header_done() ? 0 : bytes.size() - taken;
    if (parser.refused == 0 && state_->head_bytes + waiting > state_->limits.bytes) {
      parser.refused = 431;
    }
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), taken);
    if (parser.refused == 0 && has_folded_line(head)) parser.refused = 400;
    return taken;
  });
}

bool MessageParser::head_done() const {
  return state_->visit([](auto& parser) { return parser.is_header_done(); });
}

Head& MessageParser::head() {
  return state_->visit([](auto& parser) -> Head& { return parser.head; });
}

std::size_t MessageParser::take_body(ConstBytes bytes, Bytes out, std::size_t& produced) {
  return state_->visit([&](auto& parser) -> std::size_t {
    parser.out = out;
    parser.produced = 0;
    const std::size_t taken = put(parser, bytes);
    produced = parser.produced;
    return taken;
  });
}

bool MessageParser::done() const {
  return state_->visit([](auto& parser) { return parser.is_done(); });
}

void MessageParser::end_of_input() {
  state_->visit([](auto& parser) {
    ErrorCode ec;
    if (!parser.got_some()) {
      parser.refused = 400;
      return;
    }
    parser.put_eof(ec);
    if (ec) parser.refused = 400;
  });
}

int MessageParser::refused() const {
  return state_->visit([](auto& parser) { return parser.refused; });
}

bool MessageParser::keep_alive() const {
  return state_->visit([](auto& parser) { return parser.keep_alive(); });
}

bool MessageParser::chunked() const {
  return state_->visit([](auto& parser) { return parser.chunked(); });
}

bool MessageParser::needs_eof() const {
  return state_->visit([](auto& parser) { return parser.need_eof(); });
}

std::optional<std::uint64_t> MessageParser::content_length() const {
  return state_->visit([](auto& parser) -> std::optional<std::uint64_t> {
    if (const auto length = parser.content_length()) return *length;
    return std::nullopt;
  });
}

}  // namespace mydock::http
