#include "runtime/shim/spec_text.h"

#include <fmt/core.h>

namespace mydock::runtime::shim {

void drop_object(std::string& json, std::string_view name) {
  // Inside a string each quote has a backslash before it, so this is found between members only.
  const std::size_t begin = json.find(fmt::format(",\"{}\":{{", name));
  if (begin == std::string::npos) return;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = json.find('{', begin); i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      json.erase(begin, i + 1 - begin);
      return;
    }
  }
}

}  // namespace mydock::runtime::shim
