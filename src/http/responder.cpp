#include "http/responder.h"

#include <strings.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "http/connection.h"

namespace mydock::http {

namespace {

// A line end inside a value would start a header of its own.
std::string without_controls(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
  return out;
}

}  // namespace

void Responder::header(std::string_view name, std::string_view value) {
  for (auto& [key, old] : headers_) {
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) {
      old = without_controls(value);
      return;
    }
  }
  headers_.emplace_back(without_controls(name), without_controls(value));
}

void Responder::start(int status) {
  if (started_) fail(Kind::system, "an HTTP answer was started twice");
  started_ = true;
  status_ = status;
}

void Responder::send(int status, std::string_view content_type, std::string_view body) {
  start(status);
  if (!content_type.empty()) header("Content-Type", content_type);
  const bool bodiless = status == 204 || status == 304;
  const std::string framing =
      bodiless ? std::string() : fmt::format("Content-Length: {}\r\n", body.size());
  const bool silent = bodiless || connection_.method() == "HEAD";
  connection_.send_head(*this, status, framing, silent ? std::string_view() : body);
}

void Responder::send_status(int status) { send(status, {}, {}); }

Sink& Responder::begin_stream(int status, std::string_view content_type) {
  start(status);
  if (!content_type.empty()) header("Content-Type", content_type);
  return connection_.begin_stream(*this, status);
}

void Responder::end_stream() { connection_.end_stream(); }

Hijacked Responder::hijack(std::string_view raw_head) {
  start(101);
  return connection_.hijack(raw_head);
}

}  // namespace mydock::http
