#include "http/target.h"

namespace mydock::http {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_query(std::string_view text, Target& target) {
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value =
        percent_decode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) return false;
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

bool parse_path(std::string_view text, Target& target) {
  if (!text.starts_with('/')) {  // "*", or CONNECT's host:port
    target.path = text;
    return true;
  }
  text.remove_prefix(1);
  for (;;) {
    const std::size_t end = text.find('/');
    auto segment = percent_decode(text.substr(0, end), false);
    if (!segment) return false;
    target.path += '/';
    target.path += *segment;
    target.segments.push_back(std::move(*segment));
    if (end == text.npos) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  return out;
}

std::optional<Target> parse_target(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); !text.starts_with('/') && scheme != text.npos) {
    const std::size_t slash = text.find('/', scheme + 3);
    text = slash == text.npos ? std::string_view("/") : text.substr(slash);
  }
  Target target;
  const std::size_t mark = text.find('?');
  if (!parse_path(text.substr(0, mark), target)) return std::nullopt;
  if (mark != text.npos && !parse_query(text.substr(mark + 1), target)) return std::nullopt;
  return target;
}

}  // namespace mydock::http
