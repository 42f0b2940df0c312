#include "build/lexer.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/error.h"
#include "build/words.h"

namespace mydock::build {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr std::size_t kLongestLine = 65535;
constexpr std::size_t kMostInstructions = 1000;

bool is_comment(std::string_view line) { return trim_left(line).starts_with('#'); }

// "# key=value" as {key in lower case, value}.
std::optional<std::pair<std::string, std::string>> directive(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  line = trim_left(line.substr(1));
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view key = trim(line.substr(0, equals));
  const bool named = !key.empty() && std::isalpha(static_cast<unsigned char>(key.front())) != 0 &&
                     std::ranges::all_of(key, [](unsigned char c) { return std::isalnum(c) != 0; });
  if (!named) return std::nullopt;
  return std::pair{lower(key), std::string(trim(line.substr(equals + 1)))};
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : left_(text) {}

  Lexed run() {
    if (left_.starts_with("\xEF\xBB\xBF")) left_.remove_prefix(3);
    read_directives();
    while (!left_.empty()) take_logical_line();
    return std::move(out_);
  }

 private:
  // Without its end; counts it.
  std::string_view take_line() {
    const auto end = std::min(left_.find('\n'), left_.size());
    std::string_view line = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    ++number_;
    if (line.size() > kLongestLine) {
      fail_on_line(number_, "dockerfile line greater than max allowed size of 65535");
    }
    while (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void read_directives() {
    std::vector<std::string> seen;
    while (!left_.empty()) {
      const auto found = directive(left_.substr(0, std::min(left_.find('\n'), left_.size())));
      if (!found) return;
      const auto& [key, value] = *found;
      if (key != "syntax" && key != "escape" && key != "check") return;
      take_line();
      if (std::ranges::find(seen, key) != seen.end()) {
        fail_on_line(number_, fmt::format("only one {} parser directive can be used", key));
      }
      seen.push_back(key);
      if (key == "syntax") out_.syntax = value;
      if (key != "escape") continue;
      if (value != "\\" && value != "`") {
        fail_on_line(number_,
                     fmt::format("invalid escape token '{}' does not match ` or \\", value));
      }
      out_.escape = value.front();
    }
  }

  // Takes the escape off the line's end; false: the instruction goes on.
  bool ends_here(std::string_view& line) const {
    const auto end = line.find_last_not_of(" \t");
    if (end == std::string_view::npos || line[end] != out_.escape) return true;
    if (end > 0 && line[end - 1] == out_.escape) return true;
    line = line.substr(0, end);
    return false;
  }

  void take_logical_line() {
    std::string_view piece = take_line();
    if (is_comment(piece)) return;
    piece = trim_left(piece);
    LogicalLine line;
    line.line = number_;
    bool ended = ends_here(piece);
    if (ended && trim(piece).empty()) return;
    line.text = piece;
    bool blank_inside = false;
    while (!ended && !left_.empty()) {
      piece = take_line();
      if (is_comment(piece)) continue;
      if (trim(piece).empty()) {
        blank_inside = true;
        continue;
      }
      ended = ends_here(piece);
      line.text += piece;
    }
    line.text = std::string(trim(line.text));
    if (blank_inside) {
      out_.warnings.push_back("[WARNING]: Empty continuation line found in:\n    " + line.text);
    }
    if (line.text.empty()) return;
    take_heredocs(line);
    line.last_line = number_;
    out_.lines.push_back(std::move(line));
    if (out_.lines.size() > kMostInstructions) fail_on_line(number_, "too many instructions");
  }

  void take_heredocs(LogicalLine& line) {
    for (const HeredocMark& mark : heredoc_marks(line.text, out_.escape)) {
      Heredoc heredoc{.name = mark.name, .content = {}, .expand = mark.expand};
      for (;;) {
        if (left_.empty()) fail_on_line(line.line, "unterminated heredoc");
        std::string_view body = take_line();
        if (mark.strip_tabs)
          body.remove_prefix(std::min(body.find_first_not_of('\t'), body.size()));
        if (body == mark.name) break;
        heredoc.content += body;
        heredoc.content += '\n';
      }
      line.heredocs.push_back(std::move(heredoc));
    }
  }

  std::string_view left_;
  int number_ = 0;
  Lexed out_;
};

}  // namespace

void fail_on_line(int line, std::string_view problem) {
  fail(Kind::invalid, "dockerfile parse error on line {}: {}", line, problem);
}

Lexed lex(std::string_view text) {
  if (text.empty()) fail(Kind::invalid, "the Dockerfile cannot be empty");
  if (text.size() > kLargestFile) fail(Kind::invalid, "the Dockerfile is larger than 1 MiB");
  Lexed lexed = Lexer(text).run();
  if (lexed.lines.empty()) fail(Kind::invalid, "file with no instructions");
  return lexed;
}

}  // namespace mydock::build
