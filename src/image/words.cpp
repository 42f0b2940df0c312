#include "image/words.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/error.h"

namespace mydock::image {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

class Expander {
 public:
  Expander(std::string_view text, const Lookup& lookup) : left_(text), lookup_(lookup) {}

  std::string run() {
    std::string out;
    while (!left_.empty()) {
      const char c = take();
      if (c == '\'') {
        out += take_until('\'');
      } else if (c == '"') {
        take_double_quoted(out);
      } else if (c == '\\') {
        if (!left_.empty()) out += take();
      } else if (c == '$') {
        out += take_variable();
      } else {
        out += c;
      }
    }
    return out;
  }

 private:
  char take() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  std::string take_until(char end) {
    const auto at = left_.find(end);
    if (at == std::string_view::npos) {
      fail(Kind::invalid, "unexpected end of statement while looking for matching {}", end);
    }
    std::string taken(left_.substr(0, at));
    left_.remove_prefix(at + 1);
    return taken;
  }

  void take_double_quoted(std::string& out) {
    while (!left_.empty()) {
      const char c = take();
      if (c == '"') return;
      if (c == '$') {
        out += take_variable();
      } else if (c == '\\' && !left_.empty() &&
                 std::string_view("\"$\\").find(left_.front()) != std::string_view::npos) {
        out += take();
      } else {
        out += c;
      }
    }
    fail(Kind::invalid, "unexpected end of statement while looking for matching double-quote");
  }

  std::string take_variable() {
    if (left_.starts_with('{')) {
      take();
      return modified(take_until('}'));
    }
    if (left_.empty() || !is_name_start(left_.front())) return "$";
    std::string name;
    while (!left_.empty() && is_name(left_.front())) name += take();
    return lookup_(name).value_or("");
  }

  // "NAME", "NAME:-default", "NAME:+alternative".
  std::string modified(const std::string& inside) const {
    const auto colon = inside.find(':');
    const auto value = lookup_(inside.substr(0, colon));
    if (colon == std::string::npos) return value.value_or("");
    const std::string word = inside.substr(std::min(colon + 2, inside.size()));
    const bool set = value && !value->empty();
    switch (colon + 1 < inside.size() ? inside[colon + 1] : '\0') {
      case '-':
        return set ? *value : word;
      case '+':
        return set ? word : "";
      default:
        fail(Kind::invalid, "unsupported modifier in substitution: {}", inside);
    }
  }

  std::string_view left_;
  const Lookup& lookup_;
};

}  // namespace

std::string expand_word(std::string_view text, const Lookup& lookup) {
  return Expander(text, lookup).run();
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '\0' && is_blank(c)) {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
      continue;
    }
    open = true;
    word += c;
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  if (open) words.push_back(std::move(word));
  return words;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {
      {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  if (text == "0") return 0;
  double sum = 0;
  bool any = false;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto letters = std::min(text.find_first_of("0123456789."), text.size());
    double unit = 0;
    for (const auto& [name, nanoseconds] : kUnits) {
      if (text.substr(0, letters) == name) unit = nanoseconds;
    }
    if (unit == 0) return std::nullopt;
    text.remove_prefix(letters);
    sum += number * unit;
    any = true;
  }
  if (!any || sum > 9.2e18) return std::nullopt;
  return std::llround(sum);
}

}  // namespace mydock::image
