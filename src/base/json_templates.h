#pragma once

// The template bodies of base/json.h; include that.
#include "base/json.h"

namespace mydock {

namespace json_detail {
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_array : std::false_type {};
template <class T, std::size_t N>
struct is_array<std::array<T, N>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};
template <class T>
struct is_map<std::map<std::string, T, std::less<>>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
bool is_empty(const T& value) {
  if constexpr (is_optional<T>::value) {
    return !value.has_value();
  } else if constexpr (requires { value.empty(); }) {
    return value.empty();
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value == T{};
  } else if constexpr (std::same_as<T, RawJson>) {
    return value.text.empty() || value.text == "null";
  } else {
    return value == T{};
  }
}
}  // namespace json_detail

template <class T>
void JsonWriter::omit_empty(std::string_view name, const T& value) {
  if (!json_detail::is_empty(value)) (*this)(name, value);
}

template <class T>
void JsonWriter::write(const T& value) {
  using namespace json_detail;
  if constexpr (requires(JsonWriter & w) { write_json(w, value); }) {
    write_json(*this, value);
  } else if constexpr (std::same_as<T, bool>) {
    literal(value ? "true" : "false");
  } else if constexpr (std::floating_point<T>) {
    number(static_cast<double>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    number(static_cast<std::uint64_t>(value));
  } else if constexpr (std::signed_integral<T>) {
    number(static_cast<std::int64_t>(value));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    text(value);
  } else if constexpr (std::same_as<T, Time>) {
    text(to_rfc3339(value));
  } else if constexpr (std::same_as<T, RawJson>) {
    literal(value.text);
  } else if constexpr (std::same_as<T, Empty>) {
    literal("{}");
  } else if constexpr (is_optional<T>::value) {
    if (value) {
      write(*value);
    } else {
      literal("null");
    }
  } else if constexpr (is_vector<T>::value || is_array<T>::value) {
    begin('[');
    for (const auto& item : value) write(item);
    end(']');
  } else if constexpr (is_map<T>::value) {
    begin('{');
    for (const auto& [name, item] : value) (*this)(name, item);
    end('}');
  } else if constexpr (std::is_enum_v<T>) {
    text(to_text(value));
  } else {
    begin('{');
    fields(*this, value);
    end('}');
  }
}

template <class F>
void JsonReader::members(F&& use) const {
  for (const auto& [key, value] : list_members()) use(key, JsonReader(*value, name_));
}

template <class T>
void JsonReader::read(T& value) const {
  using namespace json_detail;
  if constexpr (is_optional<T>::value) {
    value.reset();
    if (!is_null()) read(value.emplace());
  } else if constexpr (std::same_as<T, RawJson>) {
    value.text = dump();
  } else {
    if (!is_null()) read_present(value);
  }
}

template <class T>
void JsonReader::read_list(T& value) const {
  if (!is_list()) wrong("a list");
  if constexpr (json_detail::is_vector<T>::value) value.clear();
  for (std::size_t i = 0; i < size(); ++i) {
    if constexpr (json_detail::is_vector<T>::value) {
      typename T::value_type inner{};
      item(i).read(inner);
      value.push_back(std::move(inner));
    } else if (i < value.size()) {
      item(i).read(value[i]);
    }
  }
}

template <class T>
void JsonReader::read_present(T& value) const {
  using namespace json_detail;
  if constexpr (requires(const JsonReader& r) { read_json(r, value); }) {
    read_json(*this, value);
  } else if constexpr (std::same_as<T, bool>) {
    value = boolean();
  } else if constexpr (std::floating_point<T>) {
    value = static_cast<T>(real());
  } else if constexpr (std::unsigned_integral<T> && sizeof(T) == 8) {
    value = natural();
  } else if constexpr (std::integral<T>) {
    value = static_cast<T>(integer(static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                                   static_cast<std::int64_t>(std::numeric_limits<T>::max())));
  } else if constexpr (std::same_as<T, std::string>) {
    value = text();
  } else if constexpr (std::same_as<T, Time>) {
    const std::string written = text();
    const auto time = parse_rfc3339(written);
    if (!time && !written.empty()) wrong("a time");
    value = time.value_or(Time{});
  } else if constexpr (std::same_as<T, Empty>) {
    if (!is_object()) wrong("an object");
  } else if constexpr (is_vector<T>::value || is_array<T>::value) {
    read_list(value);
  } else if constexpr (is_map<T>::value) {
    value.clear();
    members([&](const std::string& key, const JsonReader& member) {
      typename T::mapped_type inner{};
      member.read(inner);
      value.insert_or_assign(key, std::move(inner));
    });
  } else if constexpr (std::is_enum_v<T>) {
    if (!from_text(text(), value)) wrong("a known word");
  } else {
    if (!is_object()) wrong("an object");
    JsonReader copy = *this;
    fields(copy, value);
  }
}

}  // namespace mydock
