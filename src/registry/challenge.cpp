#include "registry/challenge.h"

#include <cctype>
#include <optional>

namespace mydock::registry {

namespace {

bool is_token(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  void skip(std::string_view characters) {
    while (!rest_.empty() && characters.find(rest_[0]) != characters.npos) rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string token(bool lower) {
    std::string text;
    while (!rest_.empty() && is_token(rest_[0])) {
      text +=
          lower ? static_cast<char>(std::tolower(static_cast<unsigned char>(rest_[0]))) : rest_[0];
      rest_.remove_prefix(1);
    }
    return text;
  }
  // A token or a quoted string; no value: neither.
  std::optional<std::string> value() {
    if (!take('"')) {
      std::string text = token(false);
      if (text.empty()) return std::nullopt;
      return text;
    }
    std::string text;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      text += rest_[0];
      rest_.remove_prefix(1);
    }
    if (!take('"')) return std::nullopt;
    return text;
  }
  // Whether "name=" comes next: then it is a parameter, and no new scheme.
  bool at_parameter() const {
    std::size_t i = 0;
    while (i < rest_.size() && is_token(rest_[i])) ++i;
    while (i < rest_.size() && (rest_[i] == ' ' || rest_[i] == '\t')) ++i;
    return i > 0 && i + 1 < rest_.size() && rest_[i] == '=' && rest_[i + 1] != '=';
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string Challenge::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Reader reader(header);
  for (;;) {
    reader.skip(" \t,");
    if (reader.done()) break;
    Challenge challenge{.scheme = reader.token(true), .parameters = {}};
    if (challenge.scheme.empty()) break;
    for (reader.skip(" \t,"); reader.at_parameter(); reader.skip(" \t,")) {
      const std::string name = reader.token(true);
      reader.skip(" \t");
      reader.take('=');
      reader.skip(" \t");
      const auto value = reader.value();
      if (!value) return challenges;
      challenge.parameters.emplace(name, *value);
    }
    challenges.push_back(std::move(challenge));
  }
  return challenges;
}

}  // namespace mydock::registry
