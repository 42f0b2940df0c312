#include "cli/format/template_functions.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/error.h"
#include "cli/format/unicode.h"

namespace mydock::cli {

namespace {

using Args = std::span<const Value>;
using Function = Value (*)(Args);
constexpr std::size_t kAny = SIZE_MAX;
constexpr std::size_t kMaxText = std::size_t{1} << 20;

std::string kind_name(const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      return "nil";
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

const std::string& text_arg(Args args, std::size_t index) {
  if (!args[index].is_text()) {
    fail(Kind::invalid, "wrong type for value; expected string; got {}", kind_name(args[index]));
  }
  return args[index].text();
}

std::int64_t integer_arg(Args args, std::size_t index) {
  if (args[index].type() != Value::Type::integer) {
    fail(Kind::invalid, "wrong type for value; expected int; got {}", kind_name(args[index]));
  }
  return args[index].integer();
}

std::string print(Args args, bool line) {
  std::string out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    // Go's Print puts a space only between operands when neither is a string.
    if (i > 0 && (line || (!args[i].is_text() && !args[i - 1].is_text()))) out += ' ';
    out += go_text(args[i]);
  }
  return line ? out + "\n" : out;
}

Value length(Args args) {
  if (args[0].is_text()) return static_cast<std::int64_t>(args[0].text().size());
  if (args[0].is_list()) return static_cast<std::int64_t>(args[0].items().size());
  if (args[0].is_map()) return static_cast<std::int64_t>(args[0].members().size());
  if (args[0].is_null() && args[0].text().ends_with("[]")) return 0;
  if (args[0].is_null()) fail(Kind::invalid, "error calling len: len of nil pointer");
  fail(Kind::invalid, "error calling len: len of type {}", kind_name(args[0]));
}

// Such a map is one of strings in Go's structs (labels, options), where no entry is "".
bool holds_only_texts(const Value& map) {
  return std::all_of(map.members().begin(), map.members().end(),
                     [](const ValueMember& member) { return member.second.is_text(); });
}

Value index_one(const Value& value, const Value& key) {
  if (value.is_map()) {
    if (!key.is_text()) {
      fail(Kind::invalid, "error calling index: value has type {}; should be string",
           kind_name(key));
    }
    for (const ValueMember& member : value.members()) {
      if (member.first == key.text()) return member.second;
    }
    return holds_only_texts(value) ? Value("") : Value();
  }
  if (value.is_null() && value.text() == "map[]" && key.is_text()) return "";
  if (value.is_null()) fail(Kind::invalid, "error calling index: index of nil pointer");
  if (!value.is_list() && !value.is_text()) {
    fail(Kind::invalid, "error calling index: can't index item of type {}", kind_name(value));
  }
  if (key.type() != Value::Type::integer) {
    fail(Kind::invalid, "error calling index: cannot index slice/array with type {}",
         kind_name(key));
  }
  const std::size_t size = value.is_list() ? value.items().size() : value.text().size();
  if (key.integer() < 0 || static_cast<std::size_t>(key.integer()) >= size) {
    fail(Kind::invalid, "error calling index: index out of range: {}", key.integer());
  }
  const auto at = static_cast<std::size_t>(key.integer());
  if (value.is_list()) return value.items()[at];
  return static_cast<std::int64_t>(static_cast<unsigned char>(value.text()[at]));
}

Value index(Args args) {
  Value value = args[0];
  for (const Value& key : args.subspan(1)) value = index_one(value, key);
  return value;
}

Value slice(Args args) {
  if (!args[0].is_list() && !args[0].is_text()) {
    fail(Kind::invalid, "error calling slice: can't slice item of type {}", kind_name(args[0]));
  }
  const std::size_t size = length(args.first(1)).is_number()
                               ? static_cast<std::size_t>(length(args.first(1)).integer())
                               : 0;
  const std::int64_t from = args.size() > 1 ? integer_arg(args, 1) : 0;
  const std::int64_t to = args.size() > 2 ? integer_arg(args, 2) : static_cast<std::int64_t>(size);
  if (from < 0 || to < from || static_cast<std::size_t>(to) > size) {
    fail(Kind::invalid, "error calling slice: index out of range: {}", to > from ? to : from);
  }
  const auto start = static_cast<std::size_t>(from);
  const auto count = static_cast<std::size_t>(to - from);
  if (args[0].is_text()) return args[0].text().substr(start, count);
  const ValueList& items = args[0].items();
  return Value::list(ValueList(items.begin() + from, items.begin() + to));
}

// -1, 0, 1; fails when the two cannot be ordered.
int order(const Value& a, const Value& b, std::string_view function) {
  if (a.is_number() && b.is_number()) {
    if (a.type() == Value::Type::integer && b.type() == Value::Type::integer) {
      return a.integer() < b.integer() ? -1 : a.integer() > b.integer() ? 1 : 0;
    }
    return a.real() < b.real() ? -1 : a.real() > b.real() ? 1 : 0;
  }
  if (a.is_text() && b.is_text()) return a.text().compare(b.text());
  if (a.type() == b.type() && a.type() == Value::Type::boolean && function == "eq") {
    return a.boolean() == b.boolean() ? 0 : 1;
  }
  if (function == "eq" && (a.is_null() || b.is_null())) return a.is_null() && b.is_null() ? 0 : 1;
  if (a.is_list() || a.is_map() || a.type() == Value::Type::boolean) {
    fail(Kind::invalid, "error calling {}: invalid type for comparison", function);
  }
  fail(Kind::invalid, "error calling {}: incompatible types for comparison", function);
}

Value equal(Args args) {
  if (args.size() < 2) fail(Kind::invalid, "error calling eq: missing argument for comparison");
  for (const Value& other : args.subspan(1)) {
    if (order(args[0], other, "eq") == 0) return true;
  }
  return false;
}

Value split(Args args) {
  const std::string& text = text_arg(args, 0);
  const std::string& separator = text_arg(args, 1);
  ValueList parts;
  std::size_t start = 0;
  if (separator.empty()) {
    while (start < text.size()) {
      const std::size_t step = decode_rune(std::string_view(text).substr(start)).length;
      parts.emplace_back(text.substr(start, step));
      start += step;
    }
    return Value::list(std::move(parts));
  }
  for (std::size_t end = 0; (end = text.find(separator, start)) != std::string::npos;) {
    parts.emplace_back(text.substr(start, end - start));
    start = end + separator.size();
  }
  parts.emplace_back(text.substr(start));
  return Value::list(std::move(parts));
}

Value join(Args args) {
  if (!args[0].is_list() && !args[0].is_null()) {
    fail(Kind::invalid, "wrong type for value; expected []string; got {}", kind_name(args[0]));
  }
  std::string out;
  bool first = true;
  for (const Value& item : args[0].items()) {
    if (!first) out += text_arg(args, 1);
    first = false;
    out += item.to_text();
    if (out.size() > kMaxText) fail(Kind::invalid, "error calling join: the text is too long");
  }
  return out;
}

std::string map_ascii(std::string text, int (*change)(int)) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x80) c = static_cast<char>(change(c));
  }
  return text;
}

Value title(Args args) {
  std::string out = text_arg(args, 0);
  bool start = true;
  for (char& c : out) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '\'' ||
                        (static_cast<unsigned char>(c) & 0x80U) != 0;
    if (letter && start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    start = !letter;
  }
  return out;
}

Value pad(Args args) {
  const std::string& text = text_arg(args, 0);
  const std::int64_t before = integer_arg(args, 1);
  const std::int64_t after = integer_arg(args, 2);
  if (before < 0 || after < 0 || before > 4096 || after > 4096) {
    fail(Kind::invalid, "error calling pad: strings: negative Repeat count");
  }
  if (text.empty()) return "";
  return std::string(static_cast<std::size_t>(before), ' ') + text +
         std::string(static_cast<std::size_t>(after), ' ');
}

Value truncate(Args args) {
  const std::int64_t width = integer_arg(args, 1);
  const std::string& text = text_arg(args, 0);
  if (width < 0 || static_cast<std::size_t>(width) >= text.size()) return text;
  return text.substr(0, static_cast<std::size_t>(width));
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

struct Entry {
  std::string_view name;
  std::size_t least, most;
  Function call;
};

constexpr std::array kFunctions = {
    Entry{"and", 1, kAny, nullptr},
    Entry{"or", 1, kAny, nullptr},
    Entry{"not", 1, 1, [](Args a) -> Value { return !is_true(a[0]); }},
    Entry{"len", 1, 1, length},
    Entry{"index", 1, kAny, index},
    Entry{"slice", 1, 3, slice},
    Entry{"print", 0, kAny, [](Args a) -> Value { return print(a, false); }},
    Entry{"println", 0, kAny, [](Args a) -> Value { return print(a, true); }},
    Entry{"printf", 1, kAny,
          [](Args a) -> Value { return go_printf(text_arg(a, 0), a.subspan(1)); }},
    Entry{"eq", 1, kAny, equal},
    Entry{"ne", 2, 2, [](Args a) -> Value { return order(a[0], a[1], "eq") != 0; }},
    Entry{"lt", 2, 2, [](Args a) -> Value { return order(a[0], a[1], "lt") < 0; }},
    Entry{"le", 2, 2, [](Args a) -> Value { return order(a[0], a[1], "le") <= 0; }},
    Entry{"gt", 2, 2, [](Args a) -> Value { return order(a[0], a[1], "gt") > 0; }},
    Entry{"ge", 2, 2, [](Args a) -> Value { return order(a[0], a[1], "ge") >= 0; }},
    Entry{"html", 0, kAny, [](Args a) -> Value { return escape_html(print(a, false)); }},
    Entry{"urlquery", 0, kAny, [](Args a) -> Value { return escape_query(print(a, false)); }},
    Entry{"json", 1, 1, [](Args a) -> Value { return to_json_line(a[0]); }},
    Entry{"split", 2, 2, split},
    Entry{"join", 2, 2, join},
    Entry{"title", 1, 1, title},
    Entry{"lower", 1, 1, [](Args a) -> Value { return map_ascii(text_arg(a, 0), std::tolower); }},
    Entry{"upper", 1, 1, [](Args a) -> Value { return map_ascii(text_arg(a, 0), std::toupper); }},
    Entry{"pad", 3, 3, pad},
    Entry{"truncate", 2, 2, truncate},
};

const Entry* find_entry(std::string_view name) {
  const auto* found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                   [&](const Entry& entry) { return entry.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

}  // namespace

bool is_template_function(std::string_view name) { return find_entry(name) != nullptr; }

bool is_true(const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      return false;
    case Value::Type::boolean:
      return value.boolean();
    case Value::Type::integer:
      return value.integer() != 0;
    case Value::Type::real:
      return value.real() != 0;
    case Value::Type::text:
      return !value.text().empty();
    case Value::Type::list:
      return !value.items().empty();
    case Value::Type::map:
      return !value.members().empty();
    case Value::Type::lookup:
      return true;
  }
  return false;
}

Value call_template_function(std::string_view name, std::span<const Value> args) {
  const Entry* entry = find_entry(name);
  if (entry == nullptr || entry->call == nullptr) {
    fail(Kind::invalid, "function \"{}\" not defined", name);
  }
  if (args.size() < entry->least || args.size() > entry->most) {
    const bool open = entry->most == kAny || entry->most != entry->least;
    fail(Kind::invalid, "wrong number of args for {}: want {}{} got {}", name,
         open ? "at least " : "", entry->least, args.size());
  }
  return entry->call(args);
}

Value call_header_function(std::string_view name, std::span<const Value> args) {
  static constexpr std::array<std::string_view, 8> kKeep = {"json",  "title", "lower",    "upper",
                                                            "split", "join",  "truncate", "pad"};
  if (!args.empty() && std::find(kKeep.begin(), kKeep.end(), name) != kKeep.end()) return args[0];
  return call_template_function(name, args);
}

}  // namespace mydock::cli
