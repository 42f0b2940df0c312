#include "archive/ignore.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"

namespace mydock::archive {

namespace {

[[noreturn]] void bad_pattern() { fail(Kind::invalid, "syntax error in pattern"); }

// One unit of a pattern that stands for one character; returns its length.
struct Unit {
  std::size_t length = 1;
  bool matches = false;
};

char set_character(std::string_view pattern, std::size_t& at) {
  if (at >= pattern.size() || pattern[at] == ']' || pattern[at] == '-') bad_pattern();
  if (pattern[at] == '\\' && ++at >= pattern.size()) bad_pattern();
  return pattern[at++];
}

Unit match_set(std::string_view pattern, char c) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool in = false;
  for (bool first = true;; first = false) {
    if (at >= pattern.size()) bad_pattern();
    if (pattern[at] == ']' && !first) break;
    const char low = set_character(pattern, at);
    char high = low;
    if (at < pattern.size() && pattern[at] == '-') high = set_character(pattern, ++at);
    in = in || (static_cast<unsigned char>(low) <= static_cast<unsigned char>(c) &&
                static_cast<unsigned char>(c) <= static_cast<unsigned char>(high));
  }
  return {at + 1, c != '/' && in != negated};
}

Unit match_unit(std::string_view pattern, char c) {
  switch (pattern.front()) {
    case '?':
      return {1, c != '/'};
    case '[':
      return match_set(pattern, c);
    case '\\':
      if (pattern.size() < 2) bad_pattern();
      return {2, pattern[1] == c};
    default:
      return {1, pattern.front() == c};
  }
}

// The pattern's units, once; then all positions are advanced together, so that no pattern is slow.
struct Token {
  enum class Kind { unit, star, parts, rest } kind;  // parts: "**/", rest: "**" at the end
  std::string_view text;
};

std::vector<Token> tokens_of(std::string_view pattern, Stars stars) {
  std::vector<Token> tokens;
  while (!pattern.empty()) {
    if (pattern.front() != '*') {
      const Unit unit = match_unit(pattern, '\0');
      tokens.push_back({Token::Kind::unit, pattern.substr(0, unit.length)});
      pattern.remove_prefix(unit.length);
      continue;
    }
    if (stars == Stars::single || !pattern.starts_with("**")) {
      tokens.push_back({Token::Kind::star, {}});
      pattern.remove_prefix(1);
      continue;
    }
    pattern.remove_prefix(2);
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    tokens.push_back({pattern.empty() ? Token::Kind::rest : Token::Kind::parts, {}});
  }
  return tokens;
}

class Matcher {
 public:
  explicit Matcher(std::vector<Token> tokens)
      : tokens_(std::move(tokens)), now_(tokens_.size() + 1), next_(tokens_.size() + 1) {}

  bool run(std::string_view path) {
    enter(now_, 0);
    for (const char c : path) {
      next_.assign(next_.size(), false);
      for (std::size_t i = 0; i < tokens_.size(); ++i) {
        if (now_[i]) step(i, c);
      }
      std::swap(now_, next_);
    }
    return now_.back();
  }

 private:
  // What may match nothing is passed by.
  void enter(std::vector<bool>& set, std::size_t at) {
    set[at] = true;
    while (at < tokens_.size() && tokens_[at].kind != Token::Kind::unit) set[++at] = true;
  }
  void step(std::size_t i, char c) {
    const Token& token = tokens_[i];
    switch (token.kind) {
      case Token::Kind::unit:
        if (match_unit(token.text, c).matches) enter(next_, i + 1);
        return;
      case Token::Kind::star:
        if (c != '/') enter(next_, i);
        return;
      case Token::Kind::parts:  // "(.*/)?": only a slash leads out of it
        next_[i] = true;
        if (c == '/') enter(next_, i + 1);
        return;
      case Token::Kind::rest:
        enter(next_, i);
        return;
    }
  }
  std::vector<Token> tokens_;
  std::vector<bool> now_, next_;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\v\f\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string clean(std::string_view pattern) {
  std::string path = std::filesystem::path(pattern).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.size() > 1 && path.starts_with('/')) path.erase(0, path.find_first_not_of('/'));
  return path;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view path, Stars stars) {
  return Matcher(tokens_of(pattern, stars)).run(path);
}

void IgnoreList::add(std::string_view line) {
  Rule rule;
  if (line.starts_with('!')) {
    rule.keeps = true;
    line = trimmed(line.substr(1));
    if (line.empty()) fail(Kind::invalid, "illegal exclusion pattern: \"!\"");
  }
  rule.pattern = clean(line);
  if (rule.pattern == "." || rule.pattern == "/" || rule.pattern.empty()) return;
  try {
    static_cast<void>(tokens_of(rule.pattern, Stars::across));
  } catch (const Error& error) {
    fail(Kind::invalid, "{}: \"{}\"", error.message(), rule.pattern);
  }
  rules_.push_back(std::move(rule));
}

IgnoreList IgnoreList::parse(std::string_view text) {
  IgnoreList list;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#') || trimmed(line).empty()) continue;
    list.add(trimmed(line));
  }
  return list;
}

IgnoreList IgnoreList::of(const std::vector<std::string>& patterns) {
  IgnoreList list;
  for (const std::string& pattern : patterns) {
    if (!trimmed(pattern).empty()) list.add(trimmed(pattern));
  }
  return list;
}

bool IgnoreList::ignores(std::string_view path) const {
  bool ignored = false;
  for (const Rule& rule : rules_) {
    if (rule.keeps != ignored) continue;  // it could change nothing
    bool matched = glob_match(rule.pattern, path, Stars::across);
    for (auto slash = path.find('/'); !matched && slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      matched = glob_match(rule.pattern, path.substr(0, slash), Stars::across);
    }
    if (matched) ignored = !rule.keeps;
  }
  return ignored;
}

bool IgnoreList::must_enter(std::string_view directory) const {
  if (!ignores(directory)) return true;
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    if (!rule.keeps) return false;
    // A pattern of stars may match anywhere; another one only below its literal beginning.
    const std::string_view pattern = rule.pattern;
    const std::string_view fixed = pattern.substr(0, pattern.find_first_of("*?[\\"));
    const std::string below = std::string(directory) + "/";
    return fixed.starts_with(below) || below.starts_with(fixed);
  });
}

}  // namespace mydock::archive
