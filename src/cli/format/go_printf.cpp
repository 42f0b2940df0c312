#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/format/template_functions.h"
#include "cli/format/unicode.h"

namespace mydock::cli {

namespace {

constexpr int kMaxWidth = 4096;

struct Verb {
  char letter = 'v';
  bool left = false;
  bool zero = false;
  bool plus = false;
  bool sharp = false;
  int width = 0;
  std::optional<int> precision;
};

std::string type_name(const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      return "<nil>";
    case Value::Type::boolean:
      return "bool";
    case Value::Type::integer:
      return "int";
    case Value::Type::real:
      return "float64";
    case Value::Type::text:
      return "string";
    case Value::Type::list:
      return "[]interface {}";
    default:
      return "map[string]interface {}";
  }
}

std::string padded(std::string text, const Verb& verb) {
  const auto width = static_cast<std::size_t>(verb.width);
  const std::size_t size = count_runes(text);
  if (size >= width) return text;
  if (verb.left) return text + std::string(width - size, ' ');
  if (verb.zero) {
    const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    return text.insert(sign, width - size, '0');
  }
  return std::string(width - size, ' ') + text;
}

std::string wrong_type(const Verb& verb, const Value& value) {
  if (value.is_null()) return fmt::format("%!{}(<nil>)", verb.letter);
  return fmt::format("%!{}({}={})", verb.letter, type_name(value), go_text(value));
}

std::string format_integer(const Verb& verb, std::int64_t number) {
  const bool negative = number < 0;
  const auto size =
      negative ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
  std::string digits;
  switch (verb.letter) {
    case 'x':
      digits = fmt::format("{:x}", size);
      break;
    case 'X':
      digits = fmt::format("{:X}", size);
      break;
    case 'o':
      digits = fmt::format("{:o}", size);
      break;
    case 'b':
      digits = fmt::format("{:b}", size);
      break;
    default:
      digits = fmt::format("{}", size);
  }
  if (verb.sharp && (verb.letter == 'x' || verb.letter == 'X')) {
    digits.insert(0, verb.letter == 'x' ? "0x" : "0X");
  }
  return (negative ? "-" : verb.plus ? "+" : "") + digits;
}

std::string format_real(const Verb& verb, double number) {
  const int precision = verb.precision.value_or(verb.letter == 'f' || verb.letter == 'e' ? 6 : -1);
  std::string text;
  if (precision < 0) {
    text = fmt::format("{:g}", number);
  } else if (verb.letter == 'f' || verb.letter == 'F') {
    text = fmt::format("{:.{}f}", number, precision);
  } else if (verb.letter == 'e') {
    text = fmt::format("{:.{}e}", number, precision);
  } else {
    text = fmt::format("{:.{}g}", number, precision);
  }
  return verb.plus && number >= 0 ? "+" + text : text;
}

std::string hex_bytes(std::string_view text, char letter) {
  std::string out;
  for (const char c : text) {
    out += letter == 'x' ? fmt::format("{:02x}", static_cast<unsigned char>(c))
                         : fmt::format("{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string format_text(const Verb& verb, const std::string& text) {
  std::string_view shown = text;
  if (verb.precision && verb.letter != 'x') {
    shown = first_runes(text, static_cast<std::size_t>(*verb.precision));
  }
  if (verb.letter == 'q') return go_quote(shown);
  if (verb.letter == 'x' || verb.letter == 'X') return hex_bytes(shown, verb.letter);
  return std::string(shown);
}

std::string format_value(const Verb& verb, const Value& value) {
  const char letter = verb.letter;
  const auto is_one_of = [letter](std::string_view letters) {
    return letters.find(letter) != std::string_view::npos;
  };
  if (letter == 'T') return type_name(value);
  if (letter == 'v') {
    if (value.is_text() && verb.sharp) return go_quote(value.text());
    if (value.type() == Value::Type::integer) return format_integer(verb, value.integer());
    return go_text(value);
  }
  switch (value.type()) {
    case Value::Type::text:
      if (is_one_of("sqxX")) return format_text(verb, value.text());
      break;
    case Value::Type::integer:
      if (is_one_of("dxXob")) return format_integer(verb, value.integer());
      if (letter == 'c') return encode_rune(static_cast<std::uint32_t>(value.integer()));
      if (letter == 'q')
        return "'" + encode_rune(static_cast<std::uint32_t>(value.integer())) + "'";
      break;
    case Value::Type::real:
      if (is_one_of("fFeg")) return format_real(verb, value.real());
      break;
    case Value::Type::boolean:
      if (letter == 't') return go_text(value);
      break;
    case Value::Type::list:
    case Value::Type::map:
      if (letter == 's') return go_text(value);
      break;
    default:
      break;
  }
  return wrong_type(verb, value);
}

class Printer {
 public:
  Printer(std::string_view format, std::span<const Value> args) : format_(format), args_(args) {}

  std::string run() {
    std::string out;
    while (at_ < format_.size()) {
      const char c = format_[at_++];
      if (c != '%') {
        out += c;
      } else {
        out += directive();
      }
    }
    if (used_ < args_.size()) out += extra();
    return out;
  }

 private:
  std::string directive() {
    Verb verb;
    for (; at_ < format_.size(); ++at_) {
      const char c = format_[at_];
      if (c == '-')
        verb.left = true;
      else if (c == '0')
        verb.zero = true;
      else if (c == '+')
        verb.plus = true;
      else if (c == '#')
        verb.sharp = true;
      else if (c != ' ')
        break;
    }
    verb.width = number();
    if (verb.width < 0) {
      verb.left = true;
      verb.width = -verb.width;
    }
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      verb.precision = std::max(0, number());
    }
    if (at_ >= format_.size()) return "%!(NOVERB)";
    verb.letter = format_[at_++];
    if (verb.letter == '%') return "%";
    if (used_ >= args_.size()) return fmt::format("%!{}(MISSING)", verb.letter);
    return padded(format_value(verb, args_[used_++]), verb);
  }

  int number() {
    if (at_ < format_.size() && format_[at_] == '*' && used_ < args_.size()) {
      ++at_;
      const std::int64_t value = args_[used_++].to_integer();
      return static_cast<int>(std::clamp<std::int64_t>(value, -kMaxWidth, kMaxWidth));
    }
    int value = 0;
    while (at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9') {
      value = std::min(kMaxWidth, value * 10 + (format_[at_++] - '0'));
    }
    return value;
  }

  std::string extra() const {
    std::string out = "%!(EXTRA ";
    for (std::size_t i = used_; i < args_.size(); ++i) {
      out += (i > used_ ? ", " : "") + type_name(args_[i]);
      if (!args_[i].is_null()) out += "=" + go_text(args_[i]);
    }
    return out + ")";
  }

  std::string_view format_;
  std::span<const Value> args_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

std::string go_printf(std::string_view format, std::span<const Value> args) {
  return Printer(format, args).run();
}

}  // namespace mydock::cli
