#include "daemon/call.h"

#include "base/error.h"

namespace mydock::daemon {

namespace {

constexpr std::size_t kLargestJson = std::size_t{8} << 20;

void require_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type == "application/json") return;
  fail(Kind::invalid, "unsupported Content-Type header ({}): must be 'application/json'",
       content_type);
}

// No text of the API may hold a NUL: it would end an environment variable or a path early.
bool has_nul(std::string_view json) {
  for (std::size_t i = 0; i + 1 < json.size(); ++i) {
    if (json[i] != '\\') continue;
    ++i;  // the escaped character, which may be a backslash itself
    if (json.substr(i).starts_with("u0000")) return true;
  }
  return false;
}

}  // namespace

std::string Call::query(std::string_view name) const { return request.query(name).value_or(""); }

std::optional<Time> Call::time(std::string_view name) const {
  const std::string text = query(name);
  if (text.empty() || text == "0") return std::nullopt;
  const auto value = parse_unix_seconds(text);
  if (!value) fail(Kind::invalid, "invalid value for \"{}\": {}", name, json_quote(text));
  return value;
}

std::string Call::json_text(std::optional<std::string_view> absent) {
  std::string text = request.read_body(kLargestJson);
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (!blank || !request.header("Content-Type").empty()) {
    if (!blank) require_json(request.header("Content-Type"));
  }
  if (has_nul(text)) fail(Kind::invalid, "invalid JSON: a text holds a NUL character");
  if (!blank) return text;
  if (!absent) fail(Kind::invalid, "invalid JSON: got EOF while reading request body");
  return std::string(*absent);
}

}  // namespace mydock::daemon
