#include "cli/format/template_lexer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/format/unicode.h"

namespace mydock::cli {

namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    bool trim_next = false;
    while (true) {
      const std::size_t open = text_.find("{{", at_);
      std::string_view literal =
          text_.substr(at_, open == std::string_view::npos ? std::string_view::npos : open - at_);
      const bool trim_before = open != std::string_view::npos && trims_left(open);
      push_text(literal, trim_next, trim_before);
      if (open == std::string_view::npos) break;
      at_ = open + 2 + (trim_before ? 1 : 0);
      trim_next = skip_comment(open) ? trimmed_ : action(open);
    }
    push(Token::Kind::end, text_.size(), 0, false);
    return std::move(tokens_);
  }

 private:
  bool trims_left(std::size_t open) const {
    return open + 3 < text_.size() && text_[open + 2] == '-' &&
           kSpaces.find(text_[open + 3]) != std::string_view::npos;
  }
  bool trims_right() const {
    return text_.substr(at_).starts_with("-}}") && at_ > 0 &&
           kSpaces.find(text_[at_ - 1]) != std::string_view::npos;
  }

  int line_at(std::size_t offset) {
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] == '\n') {
        ++line_;
        line_start_ = counted_ + 1;
      }
    }
    return line_;
  }

  void push(Token::Kind kind, std::size_t start, std::size_t length, bool space) {
    const int line = line_at(start);
    tokens_.push_back({kind, std::string(text_.substr(start, length)), line,
                       static_cast<int>(start - line_start_), space});
  }

  void push_text(std::string_view literal, bool trim_front, bool trim_back) {
    if (trim_front) {
      literal.remove_prefix(std::min(literal.find_first_not_of(kSpaces), literal.size()));
    }
    if (trim_back) literal = literal.substr(0, literal.find_last_not_of(kSpaces) + 1);
    if (literal.empty()) return;
    push(Token::Kind::text, at_, 0, false);
    tokens_.back().text = literal;
  }

  bool skip_comment(std::size_t open) {
    std::size_t start = at_;
    while (at_ > open + 2 && start < text_.size() && text_[start] == ' ') ++start;
    if (!text_.substr(start).starts_with("/*")) return false;
    const std::size_t end = text_.find("*/", start);
    if (end == std::string_view::npos) template_error(line_at(open), "unclosed comment");
    at_ = end + 2;
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    trimmed_ = trims_right();
    if (trimmed_) ++at_;
    if (!text_.substr(at_).starts_with("}}")) {
      template_error(line_at(open), "comment ends before closing delimiter");
    }
    at_ += 2;
    return true;
  }

  // True if the text after it loses its leading space.
  bool action(std::size_t open) {
    push(Token::Kind::open, open, 2, false);
    bool space = false;
    int parens = 0;
    while (true) {
      if (at_ >= text_.size()) template_error(line_at(at_), "unclosed action");
      const bool trim = trims_right();
      if (trim || text_.substr(at_).starts_with("}}")) {
        if (parens > 0) template_error(line_at(at_), "unclosed left paren");
        push(Token::Kind::close, at_ + (trim ? 1 : 0), 2, space);
        at_ += trim ? 3 : 2;
        return trim;
      }
      const char c = text_[at_];
      if (kSpaces.find(c) != std::string_view::npos) {
        space = true;
        ++at_;
        continue;
      }
      if (c == '(') ++parens;
      if (c == ')' && --parens < 0) template_error(line_at(at_), "unexpected right paren");
      token(c, space);
      space = false;
    }
  }

  void token(char c, bool space) {
    const std::size_t start = at_;
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    using K = Token::Kind;
    const auto take = [&](K kind, std::size_t length) {
      at_ += length;
      push(kind, start, length, space);
    };
    if (c == '"' || c == '\'') return take(c == '"' ? K::string : K::character, quoted(c));
    if (c == '`') return take(K::string, raw_string());
    if (c == ':' && next == '=') return take(K::declare, 2);
    if (c == '=') return take(K::assign, 1);
    if (c == '|') return take(K::pipe, 1);
    if (c == '(') return take(K::left_paren, 1);
    if (c == ')') return take(K::right_paren, 1);
    if (c == ',') return take(K::comma, 1);
    if (c == '$') return take(K::variable, 1 + word_length(at_ + 1));
    if (c == '.' && !is_digit(next)) {
      const std::size_t length = word_length(at_ + 1);
      return take(length > 0 ? K::field : K::dot, 1 + length);
    }
    if (is_digit(c) || c == '.' || ((c == '-' || c == '+') && (is_digit(next) || next == '.'))) {
      return take(K::number, number_length());
    }
    if (is_word(c)) return take(K::word, word_length(at_));
    const Rune rune = decode_rune(text_.substr(at_));
    template_error(line_at(at_),
                   fmt::format("unexpected {} in command",
                               fmt::format("\"{}\"", text_.substr(at_, rune.length))));
  }

  std::size_t word_length(std::size_t from) const {
    std::size_t end = from;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return end - from;
  }
  std::size_t number_length() const {
    std::size_t end = at_ + 1;
    while (end < text_.size()) {
      const bool exponent_sign = (text_[end] == '+' || text_[end] == '-') &&
                                 (text_[end - 1] == 'e' || text_[end - 1] == 'E');
      if (!is_word(text_[end]) && text_[end] != '.' && !exponent_sign) break;
      ++end;
    }
    return end - at_;
  }
  std::size_t quoted(char quote) {
    for (std::size_t end = at_ + 1; end < text_.size() && text_[end] != '\n'; ++end) {
      if (text_[end] == '\\') {
        ++end;
      } else if (text_[end] == quote) {
        return end + 1 - at_;
      }
    }
    template_error(line_at(at_),
                   quote == '"' ? "unterminated quoted string" : "unterminated character constant");
  }
  std::size_t raw_string() {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) {
      template_error(line_at(at_), "unterminated raw quoted string");
    }
    return end + 1 - at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  bool trimmed_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

void template_error(int line, std::string_view what) {
  fail(Kind::invalid, "template: :{}: {}", line, what);
}

std::vector<Token> split_template(std::string_view text) { return Lexer(text).run(); }

}  // namespace mydock::cli
