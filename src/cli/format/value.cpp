#include "cli/format/value.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <strings.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json.h"
#include "cli/format/unicode.h"

namespace mydock::cli {

namespace {

constexpr int kMaxDepth = 128;

Value from_parsed(const nlohmann::ordered_json& json, int depth) {
  if (depth > kMaxDepth) fail(Kind::invalid, "JSON is nested too deeply");
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    if (number <= INT64_MAX) return static_cast<std::int64_t>(number);
    return static_cast<double>(number);
  }
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    ValueList items;
    for (const auto& item : json) items.push_back(from_parsed(item, depth + 1));
    return Value::list(std::move(items));
  }
  if (json.is_object()) {
    ValueMap members;
    for (const auto& [name, item] : json.items()) {
      members.emplace_back(name, from_parsed(item, depth + 1));
    }
    return Value::map(std::move(members));
  }
  return {};
}

std::string real_text(double value) {
  if (std::abs(value) >= 1e21 || (value != 0 && std::abs(value) < 1e-6)) {
    return fmt::format("{:e}", value);
  }
  return fmt::format("{}", value);
}

std::string scalar_json(const Value& value) {
  switch (value.type()) {
    case Value::Type::boolean:
      return value.boolean() ? "true" : "false";
    case Value::Type::integer:
      return fmt::format("{}", value.integer());
    case Value::Type::real:
      return real_text(value.real());
    case Value::Type::text:
      return json_quote(value.text());
    default:
      return "null";
  }
}

std::vector<const ValueMember*> visible_members(const Value& value, MapOrder order) {
  std::vector<const ValueMember*> members;
  if (order == MapOrder::sorted) {
    members = value.sorted_members();
  } else {
    for (const ValueMember& member : value.members()) members.push_back(&member);
  }
  std::erase_if(members, [](auto* m) { return m->second.type() == Value::Type::lookup; });
  return members;
}

}  // namespace

Value Value::nil(std::string_view shown) {
  Value value;
  value.text_ = shown;
  return value;
}

Value Value::list(ValueList items) {
  Value value;
  value.type_ = Type::list;
  value.list_ = std::make_shared<const ValueList>(std::move(items));
  return value;
}

Value Value::map(ValueMap members) {
  Value value;
  value.type_ = Type::map;
  value.map_ = std::make_shared<const ValueMap>(std::move(members));
  return value;
}

Value Value::lookup(ValueMap members, bool header) {
  Value value = map(std::move(members));
  value.type_ = Type::lookup;
  value.integer_ = header ? 1 : 0;
  return value;
}

const ValueList& Value::items() const {
  static const ValueList kNone;
  return list_ ? *list_ : kNone;
}

const ValueMap& Value::members() const {
  static const ValueMap kNone;
  return map_ ? *map_ : kNone;
}

const Value* Value::find(std::string_view name) const {
  const Value* close = nullptr;
  for (const ValueMember& member : members()) {
    if (member.first == name) return &member.second;
    if (close == nullptr && member.first.size() == name.size() &&
        strncasecmp(member.first.data(), name.data(), name.size()) == 0) {
      close = &member.second;
    }
  }
  return close;
}

const Value& Value::operator[](std::string_view name) const {
  static const Value kNull;
  const Value* found = find(name);
  return found != nullptr ? *found : kNull;
}

std::string Value::to_text() const {
  if (is_null()) return {};
  return is_text() ? text_ : go_text(*this);
}

std::int64_t Value::to_integer() const {
  if (type_ == Type::real) return static_cast<std::int64_t>(real_);
  return type_ == Type::text ? std::strtoll(text_.c_str(), nullptr, 10) : integer_;
}

std::vector<const ValueMember*> Value::sorted_members() const {
  std::vector<const ValueMember*> sorted;
  for (const ValueMember& member : members()) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  return sorted;
}

Value parse_value(std::string_view json) {
  const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
  if (parsed.is_discarded()) fail(Kind::invalid, "invalid JSON in the answer");
  return from_parsed(parsed, 0);
}

std::string to_json_line(const Value& value, MapOrder order) {
  if (value.is_list()) {
    std::string out = "[";
    for (const Value& item : value.items()) {
      if (out.size() > 1) out += ',';
      out += to_json_line(item, order);
    }
    return out + "]";
  }
  if (value.is_map()) {
    std::string out = "{";
    for (const ValueMember* member : visible_members(value, order)) {
      if (out.size() > 1) out += ',';
      out += json_quote(member->first) + ":" + to_json_line(member->second, order);
    }
    return out + "}";
  }
  return scalar_json(value);
}

std::string go_text(const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      return value.text().empty() ? "<nil>" : value.text();
    case Value::Type::text:
      return value.text();
    case Value::Type::list: {
      std::string out = "[";
      for (const Value& item : value.items()) {
        if (out.size() > 1) out += ' ';
        out += go_text(item);
      }
      return out + "]";
    }
    case Value::Type::map: {
      std::string out = "map[";
      for (const ValueMember* member : value.sorted_members()) {
        if (out.size() > 4) out += ' ';
        out += member->first + ":" + go_text(member->second);
      }
      return out + "]";
    }
    case Value::Type::lookup:
      return {};
    default:
      return scalar_json(value);
  }
}

std::string go_quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = decode_rune(text.substr(at));
    const std::string_view bytes = text.substr(at, rune.length);
    at += rune.length;
    if (!rune.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    } else if (rune.code == '"' || rune.code == '\\') {
      out += '\\';
      out += bytes;
    } else if (const auto found = std::string_view("\a\b\f\n\r\t\v").find(bytes);
               rune.code < 0x20 && rune.code != 0 && found != std::string_view::npos) {
      out += '\\';
      out += "abfnrtv"[found];
    } else if (rune.code < 0x20 || rune.code == 0x7f) {
      out += fmt::format("\\x{:02x}", rune.code);
    } else if (rune.code >= 0x80 && rune.code <= 0xa0) {
      out += fmt::format("\\u{:04x}", rune.code);
    } else {
      out += bytes;
    }
  }
  return out + "\"";
}

}  // namespace mydock::cli
