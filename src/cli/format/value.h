#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mydock::cli {

class Value;
using ValueList = std::vector<Value>;
using ValueMember = std::pair<std::string, Value>;
using ValueMap = std::vector<ValueMember>;

// What a template looks at: JSON that keeps the order of its members, plus `lookup`, the method
// `.Label "name"` of a table row. Copies are cheap: lists and maps are shared and never change.
class Value {
 public:
  enum class Type { null, boolean, integer, real, text, list, map, lookup };

  Value() = default;
  Value(bool value) : type_(Type::boolean), integer_(value ? 1 : 0) {}
  Value(std::int64_t value) : type_(Type::integer), integer_(value) {}
  Value(int value) : Value(static_cast<std::int64_t>(value)) {}
  Value(double value) : type_(Type::real), real_(value) {}
  Value(std::string value) : type_(Type::text), text_(std::move(value)) {}
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char* value) : Value(std::string(value)) {}
  // Null, shown as `shown`: Go prints a nil slice as "[]" and a nil map as "map[]".
  static Value nil(std::string_view shown);
  static Value list(ValueList items);
  static Value map(ValueMap members);
  // Called with a name, gives that member's text, or nothing. `header`: gives the name as a title.
  static Value lookup(ValueMap members, bool header = false);

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  bool is_text() const { return type_ == Type::text; }
  bool is_list() const { return type_ == Type::list; }
  bool is_map() const { return type_ == Type::map; }
  bool is_number() const { return type_ == Type::integer || type_ == Type::real; }

  bool boolean() const { return integer_ != 0; }
  std::int64_t integer() const { return integer_; }
  double real() const { return type_ == Type::integer ? static_cast<double>(integer_) : real_; }
  const std::string& text() const { return text_; }  // of nil(): what it is shown as
  const ValueList& items() const;
  const ValueMap& members() const;
  bool is_header() const { return integer_ != 0; }

  // Exact name first, then without regard to case; nullptr if absent or if this is no map.
  const Value* find(std::string_view name) const;
  // The member, or a null value: for reading answers whose shape is known.
  const Value& operator[](std::string_view name) const;
  // text() of a text, Go's print of anything else, "" of null.
  std::string to_text() const;
  std::int64_t to_integer() const;
  // Members in the order of their names, as Go's templates range over a map.
  std::vector<const ValueMember*> sorted_members() const;

 private:
  Type type_ = Type::null;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  std::shared_ptr<const ValueList> list_;
  std::shared_ptr<const ValueMap> map_;
};

// Errors: invalid.
Value parse_value(std::string_view json);

enum class MapOrder { as_written, sorted };
// JSON in one line, as Go's encoder without HTML escapes.
std::string to_json_line(const Value& value, MapOrder order = MapOrder::as_written);
// Go's json.Indent and json.Compact: only the blanks change, numbers and escapes stay as they are.
// `json` must be JSON.
std::string indent_json(std::string_view json, std::string_view unit);
std::string compact_json(std::string_view json);
// Go's fmt.Print of a value: map[a:1 b:2], [1 2], <nil>.
std::string go_text(const Value& value);
// As Go's strconv.Quote.
std::string go_quote(std::string_view text);

}  // namespace mydock::cli
