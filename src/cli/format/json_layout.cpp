#include <algorithm>

#include "cli/format/value.h"

namespace mydock::cli {

namespace {

// The end of the string that starts at `at`, behind its closing quote.
std::size_t string_end(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string compact_json(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t end = json[at] == '"' ? string_end(json, at) : at + 1;
    if (!is_blank(json[at])) out += json.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string indent_json(std::string_view json, std::string_view unit) {
  const std::string compact = compact_json(json);
  std::string out;
  std::size_t depth = 0;
  const auto new_line = [&] {
    out += '\n';
    for (std::size_t i = 0; i < depth; ++i) out += unit;
  };
  for (std::size_t at = 0; at < compact.size();) {
    const char c = compact[at];
    const std::size_t end = c == '"' ? string_end(compact, at) : at + 1;
    const bool empty = (c == '{' || c == '[') && end < compact.size() &&
                       (compact[end] == '}' || compact[end] == ']');
    if (empty) {
      out += compact.substr(at, 2);
      at = end + 1;
      continue;
    }
    if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      new_line();
    }
    out += std::string_view(compact).substr(at, end - at);
    if (c == '{' || c == '[') ++depth;
    if (c == '{' || c == '[' || c == ',') new_line();
    if (c == ':') out += ' ';
    at = end;
  }
  return out;
}

}  // namespace mydock::cli
