#include "http/request.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "http/connection.h"
#include "http/target.h"

namespace mydock::http {

const std::string* find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) {
      return &value;
    }
  }
  return nullptr;
}

Request::Request(Connection& connection) : connection_(connection) {}
Request::~Request() = default;

bool Request::split_target() {
  auto target = parse_target(target_);
  if (!target) return false;
  path_ = std::move(target->path);
  segments_ = std::move(target->segments);
  query_ = std::move(target->query);
  return true;
}

std::optional<std::string> Request::query(std::string_view name) const {
  for (const auto& [key, value] : query_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Request::query_all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

bool Request::query_flag(std::string_view name, bool absent) const {
  auto value = query(name);
  if (!value) return absent;
  std::string word;
  for (const char c : *value) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
    word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return !(word.empty() || word == "0" || word == "no" || word == "false" || word == "none");
}

std::optional<std::int64_t> Request::query_integer(std::string_view name) const {
  const auto value = query(name);
  if (!value || value->empty()) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = value->data() + (value->starts_with('+') ? 1 : 0);
  const char* end = value->data() + value->size();
  const auto [stopped, error] = std::from_chars(begin, end, number);
  if (error == std::errc::result_out_of_range) {
    fail(Kind::invalid, "strconv.Atoi: parsing \"{}\": value out of range", *value);
  }
  if (error != std::errc() || stopped != end) {
    fail(Kind::invalid, "strconv.Atoi: parsing \"{}\": invalid syntax", *value);
  }
  return number;
}

const std::string* Request::find_header(std::string_view name) const {
  return http::find_header(headers_, name);
}

std::string Request::header(std::string_view name) const {
  const std::string* value = find_header(name);
  return value != nullptr ? *value : std::string();
}

Source& Request::body() { return connection_.body(); }
bool Request::has_body() const {
  return connection_.parser().chunked() || content_length().value_or(0) > 0;
}
std::optional<std::uint64_t> Request::content_length() const {
  return connection_.parser().content_length();
}
std::string Request::read_body(std::size_t limit) { return connection_.read_body(limit); }
std::stop_token Request::gone() { return connection_.gone(); }
const Fd& Request::socket() const { return connection_.wire().socket(); }

}  // namespace mydock::http
