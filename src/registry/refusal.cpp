#include "registry/refusal.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.h"

namespace mydock::registry {

namespace {

constexpr std::size_t kLargestErrorBody = std::size_t{64} << 10;
constexpr std::size_t kShownOfBody = 256;
constexpr std::chrono::seconds kLongestWait{60};

struct ErrorItem {
  std::string code;
  std::string message;
};
template <class V>
void fields(V& v, Of<ErrorItem> auto& e) {
  v("code", e.code);
  v("message", e.message);
}
struct ErrorList {
  std::vector<ErrorItem> errors;
  std::string details;  // of token servers
};
template <class V>
void fields(V& v, Of<ErrorList> auto& e) {
  v("errors", e.errors);
  v("details", e.details);
}

// MANIFEST_UNKNOWN -> "manifest unknown"
std::string words_of(std::string_view code) {
  if (code == "TOOMANYREQUESTS") return "toomanyrequests";
  std::string text;
  for (const char c : code) {
    text += c == '_' ? ' ' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return text;
}

// What a terminal could take for a command is not passed on.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kShownOfBody)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out;
}

std::string read_body(http::Response& response) {
  std::string body;
  std::array<std::byte, 4096> piece{};
  try {
    while (body.size() < kLargestErrorBody) {
      const std::size_t got = response.body().read(piece);
      if (got == 0) break;
      body += as_text(ConstBytes(piece).first(got));
    }
  } catch (const Error& error) {
    // The status says enough, and what came of the body stays.
    if (error.kind() == Kind::cancelled) throw;
  }
  return body;
}

std::optional<std::chrono::seconds> retry_after(const http::Response& response) {
  const std::string text = response.header("Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds < 0) {
    return std::nullopt;  // a date is as good as none: the usual wait
  }
  return std::min(std::chrono::seconds(seconds), kLongestWait);
}

}  // namespace

bool Refusal::says_absent() const {
  return status_ == 404 || code_ == "MANIFEST_UNKNOWN" || code_ == "NAME_UNKNOWN" ||
         code_ == "BLOB_UNKNOWN";
}

bool Refusal::says_denied() const {
  return status_ == 401 || status_ == 403 || code_ == "DENIED" || code_ == "UNAUTHORIZED";
}

Refusal refusal_of(http::Response& response) {
  const auto wait = retry_after(response);
  const int status = response.status();
  const std::string body = read_body(response);
  try {
    const auto list = from_json<ErrorList>(body);
    if (!list.errors.empty()) {
      const ErrorItem& first = list.errors.front();
      std::string message = words_of(first.code);
      if (!first.message.empty())
        message += (message.empty() ? "" : ": ") + printable(first.message);
      return {status, first.code, message, wait};
    }
    if (!list.details.empty()) return {status, "", printable(list.details), wait};
  } catch (const Error&) {
    // No JSON, or another one: its first bytes have to do.
  }
  if (status == 429)
    return {status, "TOOMANYREQUESTS", "toomanyrequests: " + printable(body), wait};
  if (status == 401) return {status, "UNAUTHORIZED", "unauthorized: authentication required", wait};
  std::string message =
      fmt::format("received unexpected HTTP status: {} {}", status, printable(response.reason()));
  if (!body.empty()) message += ": " + printable(body);
  return {status, "", message, wait};
}

}  // namespace mydock::registry
