#include "build/expand.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/error.h"
#include "build/pattern.h"

namespace mydock::build {

namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kLongest = std::size_t{1} << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Expander {
 public:
  Expander(std::string_view text, const Variables& variables, char escape, bool quotes)
      : left_(text), variables_(variables), escape_(escape), quotes_(quotes) {}

  std::string run() { return take_until('\0', false); }
  std::vector<std::string> words() {
    if (open_) words_.push_back(std::exchange(word_, {}));
    open_ = false;
    return std::move(words_);
  }

 private:
  bool done() const { return left_.empty(); }
  char take() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  // Words are gathered only at the outermost level.
  void literal(std::string& out, char c) {
    out += c;
    if (depth_ == 0) {
      word_ += c;
      open_ = true;
    }
  }
  void quoted(std::string& out, std::string_view text) {
    out += text;
    if (depth_ == 0) {
      word_ += text;
      open_ = true;
    }
  }
  void splitting(std::string& out, std::string_view text) {
    out += text;
    if (depth_ != 0) return;
    for (const char c : text) {
      if (!is_blank(c)) {
        word_ += c;
        open_ = true;
      } else if (open_) {
        words_.push_back(std::exchange(word_, {}));
        open_ = false;
      }
    }
  }

  std::string take_until(char stop, bool keep_escapes) {
    std::string out;
    while (!done()) {
      if (out.size() > kLongest) fail(Kind::invalid, "the result is too long");
      const char c = left_.front();
      if (stop != '\0' && c == stop) {
        take();
        return out;
      }
      if (quotes_ && c == '\'') {
        quoted(out, take_single_quoted());
      } else if (quotes_ && c == '"') {
        quoted(out, take_double_quoted());
      } else if (c == '$') {
        splitting(out, take_variable());
      } else if (take() == escape_ || (keep_escapes && c == '\\')) {
        if (keep_escapes) out += c;
        if (done()) break;
        literal(out, take());
      } else if (is_blank(c)) {
        splitting(out, std::string_view(&c, 1));
      } else {
        literal(out, c);
      }
    }
    if (stop == '}') fail(Kind::invalid, "syntax error: missing '}}'");
    if (stop != '\0') {
      fail(Kind::invalid, "unexpected end of statement while looking for matching {}", stop);
    }
    return out;
  }

  std::string take_single_quoted() {
    take();
    const auto end = left_.find('\'');
    if (end == std::string_view::npos) {
      fail(Kind::invalid, "unexpected end of statement while looking for matching single-quote");
    }
    std::string text(left_.substr(0, end));
    left_.remove_prefix(end + 1);
    return text;
  }

  std::string take_double_quoted() {
    take();
    std::string out;
    while (!done()) {
      if (out.size() > kLongest) fail(Kind::invalid, "the result is too long");
      if (left_.front() == '$') {
        out += take_variable();
        continue;
      }
      const char c = take();
      if (c == '"') return out;
      if (c == escape_) {
        if (done()) break;
        const char next = left_.front();
        if (next == '"' || next == '$' || next == escape_) {
          out += take();
          continue;
        }
      }
      out += c;
    }
    fail(Kind::invalid, "unexpected end of statement while looking for matching double-quote");
  }

  std::string take_name() {
    std::string name;
    if (done()) return name;
    if (is_digit(left_.front())) {
      while (!done() && is_digit(left_.front())) name += take();
      return name;
    }
    if (std::string_view("@*#?-$!").find(left_.front()) != std::string_view::npos) {
      return std::string(1, take());
    }
    while (!done() && is_name(left_.front())) name += take();
    return name;
  }

  std::string take_variable() {
    take();
    if (done() || left_.front() != '{') {
      const std::string name = take_name();
      return name.empty() ? "$" : variables_(name).value_or("");
    }
    take();
    if (done()) fail(Kind::invalid, "syntax error: missing '}}'");
    if (std::string_view("{}:").find(left_.front()) != std::string_view::npos) {
      fail(Kind::invalid, "syntax error: bad substitution");
    }
    const std::string name = take_name();
    if (done()) fail(Kind::invalid, "syntax error: missing '}}'");
    return take_modified(name);
  }

  // In a modifier's word quotes and variables count again.
  std::string take_word(char stop, bool keep_escapes) {
    if (++depth_ > kDeepest) fail(Kind::invalid, "substitutions are nested too deep");
    std::string word = take_until(stop, keep_escapes);
    --depth_;
    return word;
  }

  std::string take_modified(const std::string& name) {
    char c = take();
    if (c == '}') return variables_(name).value_or("");
    std::string modifier(1, c);
    bool empty_is_unset = false;
    if (c == ':') {
      empty_is_unset = true;
      if (done()) fail(Kind::invalid, "syntax error: missing '}}'");
      c = take();
      modifier += c;
    }
    const std::optional<std::string> value = variables_(name);
    const bool set = value && !(empty_is_unset && value->empty());
    if (c == '-' || c == '+' || c == '?') {
      const std::string word = take_word('}', false);
      if (c == '-') return set ? *value : word;
      if (c == '+') return set ? word : "";
      if (set) return *value;
      const std::string why =
          empty_is_unset ? "is not allowed to be empty" : "is not allowed to be unset";
      fail(Kind::invalid, "{}: {}", name, word.empty() ? why : word);
    }
    if ((c == '#' || c == '%') && !empty_is_unset) return take_trimmed(c, value.value_or(""));
    if (c == '/' && !empty_is_unset) return take_replaced(value.value_or(""));
    fail(Kind::invalid, "unsupported modifier ({}) in substitution", modifier);
  }

  std::string take_trimmed(char side, const std::string& value) {
    Match match = Match::shortest;
    if (!done() && left_.front() == side) {
      take();
      match = Match::longest;
    }
    const std::string pattern = take_word('}', true);
    return side == '#' ? without_prefix(value, pattern, match)
                       : without_suffix(value, pattern, match);
  }

  std::string take_replaced(const std::string& value) {
    const bool all = !done() && left_.front() == '/';
    if (all) take();
    const std::string pattern = take_word('/', true);
    const std::string by = take_word('}', false);
    return replaced(value, pattern, by, all);
  }

  std::string_view left_;
  const Variables& variables_;
  char escape_;
  bool quotes_;
  int depth_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  bool open_ = false;
};

template <class F>
auto processing(std::string_view text, F&& body) {
  try {
    return body();
  } catch (const Error& error) {
    fail(error.kind(), "failed to process \"{}\": {}", text.substr(0, 200), error.message());
  }
}

}  // namespace

std::string expand(std::string_view word, const Variables& variables, char escape) {
  return processing(word, [&] { return Expander(word, variables, escape, true).run(); });
}

std::vector<std::string> expand_words(std::string_view text, const Variables& variables,
                                      char escape) {
  return processing(text, [&] {
    Expander expander(text, variables, escape, true);
    expander.run();
    return expander.words();
  });
}

std::string expand_body(std::string_view text, const Variables& variables) {
  return processing("heredoc", [&] { return Expander(text, variables, '\\', false).run(); });
}

}  // namespace mydock::build
