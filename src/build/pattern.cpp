#include "build/pattern.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"

namespace mydock::build {

namespace {

struct Token {
  enum class Kind { literal, any, star } kind;
  char c;
};

std::vector<Token> tokens_of(std::string_view pattern) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      tokens.push_back({Token::Kind::literal, pattern[++i]});
    } else if (pattern[i] == '*') {
      tokens.push_back({Token::Kind::star, '*'});
    } else if (pattern[i] == '?') {
      tokens.push_back({Token::Kind::any, '?'});
    } else {
      tokens.push_back({Token::Kind::literal, pattern[i]});
    }
  }
  return tokens;
}

// All positions of the pattern that may come next, advanced together: no backtracking.
class Positions {
 public:
  explicit Positions(const std::vector<Token>& tokens)
      : tokens_(tokens), now_(tokens.size() + 1), next_(tokens.size() + 1) {
    enter(now_, 0);
  }
  bool accepts() const { return now_.back(); }
  bool alive() const { return std::ranges::find(now_, true) != now_.end(); }
  void step(char c) {
    next_.assign(next_.size(), false);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!now_[i]) continue;
      if (tokens_[i].kind == Token::Kind::star) {
        enter(next_, i);
      } else if (tokens_[i].kind == Token::Kind::any || tokens_[i].c == c) {
        enter(next_, i + 1);
      }
    }
    std::swap(now_, next_);
  }

 private:
  void enter(std::vector<bool>& set, std::size_t at) {
    set[at] = true;
    while (at < tokens_.size() && tokens_[at].kind == Token::Kind::star) set[++at] = true;
  }
  const std::vector<Token>& tokens_;
  std::vector<bool> now_, next_;
};

std::optional<std::size_t> prefix_length(std::string_view value, const std::vector<Token>& tokens,
                                         Match match) {
  Positions positions(tokens);
  std::optional<std::size_t> found;
  for (std::size_t length = 0;; ++length) {
    if (positions.accepts()) {
      found = length;
      if (match == Match::shortest) return found;
    }
    if (length == value.size() || !positions.alive()) return found;
    positions.step(value[length]);
  }
}

}  // namespace

std::string without_prefix(std::string_view value, std::string_view pattern, Match match) {
  const auto length = prefix_length(value, tokens_of(pattern), match);
  return std::string(value.substr(length.value_or(0)));
}

std::string without_suffix(std::string_view value, std::string_view pattern, Match match) {
  std::vector<Token> tokens = tokens_of(pattern);
  std::ranges::reverse(tokens);
  const std::string backwards(value.rbegin(), value.rend());
  const auto length = prefix_length(backwards, tokens, match);
  return std::string(value.substr(0, value.size() - length.value_or(0)));
}

std::string replaced(std::string_view value, std::string_view pattern, std::string_view by,
                     bool all) {
  constexpr std::size_t kMostSteps = std::size_t{1} << 28;
  const std::vector<Token> tokens = tokens_of(pattern);
  if (value.size() * value.size() * (tokens.size() + 1) > kMostSteps) {
    fail(Kind::invalid, "value is too long to be searched for a pattern");
  }
  std::string out;
  std::size_t at = 0;
  while (at < value.size()) {
    const auto length = prefix_length(value.substr(at), tokens, Match::longest);
    if (!length || *length == 0) {
      out += value[at++];
      continue;
    }
    out += by;
    at += *length;
    if (!all) break;
  }
  out += value.substr(std::min(at, value.size()));
  return out;
}

}  // namespace mydock::build
