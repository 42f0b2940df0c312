#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "api/json_types.h"

namespace mydock::api {

// The `filters` parameter of the list and prune routes.
class Filters {
 public:
  // Both encodings: {"label":{"a=b":true}} and {"label":["a=b"]}; empty text is no filter.
  // Errors: invalid ("invalid filter").
  static Filters parse(std::string_view text);
  // The first encoding, as Go clients send it; empty text when there is no filter.
  std::string encode() const;

  void add(std::string key, std::string value);
  bool empty() const { return values_.empty(); }
  bool contains(std::string_view key) const { return values_.find(key) != values_.end(); }
  // Empty when the key is not there.
  const std::set<std::string>& values(std::string_view key) const;
  // Errors: invalid ("invalid filter 'foo'") for a key that is not in `known`.
  void require_known(std::initializer_list<std::string_view> known) const;

  // No value: the key is not there. Errors: invalid ("invalid filter 'dangling=[x]'").
  std::optional<bool> flag(std::string_view key) const;
  // True when the key is not there, or `value` is one of its values.
  bool allows(std::string_view key, std::string_view value) const;
  // The same for prefixes: one of the key's values is a prefix of `value`.
  bool allows_prefix(std::string_view key, std::string_view value) const;
  // Each "k" or "k=v" under `key` is in `labels`. With `key` "label!": none of them is.
  bool allows_labels(const StringMap& labels) const;

  bool operator==(const Filters&) const = default;

 private:
  std::map<std::string, std::set<std::string>, std::less<>> values_;
};

// Docker's rule for a boolean in a query: "", 0, no, false, none are false, all else is true.
bool parse_flag(std::string_view text);

}  // namespace mydock::api
