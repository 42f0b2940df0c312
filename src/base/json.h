#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"

namespace mydock {

// One field list a type, used in both directions. In the header of a wire type, in its namespace:
//
//   template <class V> void fields(V& v, Of<ContainerState> auto& s) {
//     v("Status", s.status);               // written always
//     v.omit_empty("Health", s.health);    // not written when "", 0, false, empty or nullopt
//   }
//
// Members may be: std::string, bool, integers, double, Time (RFC3339Nano text), std::vector,
// std::array, std::map<std::string, T>, std::optional (nullopt is null), RawJson, Empty ({}), a
// struct with fields(), or an enum with to_text(E) and from_text(text, E&) beside it. A type may
// have write_json(JsonWriter&, const T&) and read_json(const JsonReader&, T&) beside it instead.
template <class U, class T>
concept Of = std::same_as<std::remove_const_t<U>, T>;

struct RawJson {  // any JSON, kept as text
  std::string text = "null";
  bool operator==(const RawJson&) const = default;
};
struct Empty {
  bool operator==(const Empty&) const = default;
};

// Appends JSON text to a string that it holds. As Go's encoder with HTML escaping off; bytes that
// are not UTF-8 become U+FFFD.
class JsonWriter {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value) {
    key(name);
    write(value);
  }
  template <class T>
  void omit_empty(std::string_view name, const T& value);
  // Calls `read` only when reading: for keys that older clients send.
  template <class T>
  void read_only(std::string_view /*name*/, const T& /*value*/) {}
  static constexpr bool reading = false;

  template <class T>
  void write(const T& value);
  void key(std::string_view name);
  void begin(char bracket);  // '{' or '['
  void end(char bracket);    // '}' or ']'
  void text(std::string_view value);
  void number(std::int64_t value);
  void number(std::uint64_t value);
  void number(double value);
  void literal(std::string_view value);  // true, false, null, or JSON made elsewhere
  std::string take() { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  bool comma_ = false;
};

// Looks into a parsed document. Member names match without regard to case, as Go's decoder; null
// and absent leave the member as it is. A wrong type is Error{invalid}, and names the member.
class JsonReader {
 public:
  explicit JsonReader(const nlohmann::json& value) : value_(&value) {}
  template <class T>
  void operator()(std::string_view name, T& value) {
    if (const nlohmann::json* member = find(name)) JsonReader(*member, name).read(value);
  }
  template <class T>
  void omit_empty(std::string_view name, T& value) {
    (*this)(name, value);
  }
  template <class T>
  void read_only(std::string_view name, T& value) {
    (*this)(name, value);
  }
  static constexpr bool reading = true;

  template <class T>
  void read(T& value) const;

  bool is_null() const;
  bool is_text() const;
  bool is_list() const;
  bool is_object() const;
  std::string text() const;
  bool boolean() const;
  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  std::uint64_t natural() const;
  double real() const;
  std::string dump() const;  // the JSON text of this value
  std::size_t size() const;
  JsonReader item(std::size_t index) const;
  // Calls use(key, value) for each member of an object.
  template <class F>
  void members(F&& use) const;
  // nullptr: absent or null.
  const nlohmann::json* find(std::string_view name) const;

 private:
  JsonReader(const nlohmann::json& value, std::string_view name) : value_(&value), name_(name) {}
  template <class T>
  void read_present(T& value) const;
  template <class T>
  void read_list(T& value) const;
  [[noreturn]] void wrong(std::string_view expected) const;
  std::vector<std::pair<std::string, const nlohmann::json*>> list_members() const;
  const nlohmann::json* value_;
  std::string_view name_;
};

// Holds a parsed document. Errors: invalid (syntax, more than 64 levels, bad UTF-8).
class JsonDocument {
 public:
  explicit JsonDocument(std::string_view text);
  JsonDocument(JsonDocument&&) noexcept;
  ~JsonDocument();
  JsonReader root() const;

 private:
  std::unique_ptr<nlohmann::json> value_;
};

template <class T>
std::string to_json(const T& value) {
  JsonWriter writer;
  writer.write(value);
  return writer.take();
}
template <class T>
T from_json(std::string_view text) {
  T value{};
  const JsonDocument document(text);
  document.root().read(value);
  return value;
}
std::string json_quote(std::string_view text);

}  // namespace mydock

#include "base/json_templates.h"  // the bodies of the templates above
