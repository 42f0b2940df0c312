#include "runtime/command/arguments.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::runtime::command {

std::string Arguments::value(std::string_view name, std::string otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? std::move(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

Arguments parse(std::span<char* const> words, std::span<const Option> known, std::size_t most) {
  Arguments result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.size() < 2 || word[0] != '-') {
      result.rest.emplace_back(word);
      if (result.rest.size() < most) continue;
      for (++i; i < words.size(); ++i) result.rest.emplace_back(words[i]);
      break;
    }
    const bool is_long = word.starts_with("--");
    const std::size_t equals = is_long ? word.find('=') : std::string_view::npos;
    const std::string_view name = word.substr(2 - (is_long ? 0 : 1), equals - 2);
    const auto option = std::find_if(known.begin(), known.end(), [&](const Option& candidate) {
      if (is_long || name.size() > 1) return candidate.name == name;
      return candidate.letter != 0 && candidate.letter == name[0];
    });
    if (option == known.end()) fail(Kind::invalid, "unknown option {}", word);
    auto& values = result.options[std::string(option->name)];
    if (equals != std::string_view::npos) {
      const std::string_view value = word.substr(equals + 1);
      if (!option->has_value && value == "false") {
        result.options.erase(std::string(option->name));
      } else {
        values.emplace_back(value);
      }
    } else if (!option->has_value) {
      values.emplace_back("true");
    } else if (++i < words.size()) {
      values.emplace_back(words[i]);
    } else {
      fail(Kind::invalid, "option {} needs a value", word);
    }
  }
  return result;
}

}  // namespace mydock::runtime::command
