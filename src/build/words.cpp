#include "build/words.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace mydock::build {

namespace {

constexpr std::string_view kBlanks = " \t\v\f\r\n";
bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// One flag, from its "--" up to the next blank outside quotes.
std::string take_flag(std::string_view text, std::size_t& at, char escape) {
  std::string word;
  char quote = '\0';
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quote == '\0' && is_blank(c)) break;
    if (c == quote) {
      quote = '\0';
      continue;
    }
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
      continue;
    }
    if (c == escape) {
      if (at + 1 == text.size()) continue;
      c = text[++at];
    }
    word += c;
  }
  return word;
}

}  // namespace

std::string_view trim_left(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view trim(std::string_view text) {
  text = trim_left(text);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c < 128 ? std::tolower(c) : c);
  });
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c < 128 ? std::toupper(c) : c);
  });
  return out;
}

std::pair<std::string_view, std::string_view> split_command(std::string_view line) {
  line = trim(line);
  const auto end = std::min(line.find_first_of(kBlanks), line.size());
  return {line.substr(0, end), trim(line.substr(end))};
}

std::vector<std::string> take_flags(std::string_view& text, char escape) {
  std::vector<std::string> flags;
  for (;;) {
    text = trim_left(text);
    if (!text.starts_with("--")) return flags;
    std::size_t at = 0;
    std::string word = take_flag(text, at, escape);
    text.remove_prefix(at);
    if (word == "--") {
      text = trim_left(text);
      return flags;
    }
    flags.push_back(std::move(word));
  }
}

std::vector<std::string> split_words(std::string_view text, char escape) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && is_blank(c)) {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
      continue;
    }
    open = true;
    if (c == escape && quote != '\'') {
      if (at + 1 == text.size()) break;  // an escape at the end escapes nothing
      word += c;
      word += text[++at];
      continue;
    }
    word += c;
    if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  if (open) words.push_back(std::move(word));
  return words;
}

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    text = trim_left(text);
    if (text.empty()) return words;
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<std::vector<std::string>> json_words(std::string_view text) {
  text = trim(text);
  if (!text.starts_with('[')) return std::nullopt;
  // Deeper nesting is no list of strings; the parser would follow it down.
  if (std::ranges::count(text, '[') > 64 && text.starts_with("[[")) return std::nullopt;
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_array()) return std::nullopt;
  std::vector<std::string> words;
  for (const auto& item : parsed) {
    if (!item.is_string()) {
      fail(Kind::invalid, "when using JSON array syntax, arrays must be comprised of strings only");
    }
    words.push_back(item.get<std::string>());
  }
  return words;
}

std::optional<HeredocMark> heredoc_mark(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of("0123456789"), word.size()));
  if (!word.starts_with("<<")) return std::nullopt;
  word.remove_prefix(2);
  HeredocMark mark;
  if (word.starts_with('-')) {
    mark.strip_tabs = true;
    word.remove_prefix(1);
  }
  if (word.empty() || word.find('<') != std::string_view::npos) return std::nullopt;
  char quote = '\0';
  for (const char c : word) {
    if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
      mark.expand = false;
    } else if (c == quote) {
      quote = '\0';
    } else {
      mark.name += c;
    }
  }
  if (quote != '\0' || mark.name.empty()) return std::nullopt;
  return mark;
}

std::vector<HeredocMark> heredoc_marks(std::string_view line, char escape) {
  if (line.find("<<") == std::string_view::npos) return {};
  auto [command, rest] = split_command(line);
  std::string keyword = upper(command);
  if (keyword == "ONBUILD") {
    std::tie(command, rest) = split_command(rest);
    keyword = upper(command);
  }
  if (keyword != "ADD" && keyword != "COPY" && keyword != "RUN") return {};
  take_flags(rest, escape);
  try {
    if (json_words(rest)) return {};
  } catch (const Error&) {  // the parser says so, with the line's number
    return {};
  }
  std::vector<HeredocMark> marks;
  for (const std::string& word : split_words(rest, escape)) {
    if (auto mark = heredoc_mark(word)) marks.push_back(std::move(*mark));
  }
  return marks;
}

}  // namespace mydock::build
