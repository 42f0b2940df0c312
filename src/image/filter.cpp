#include "image/filter.h"

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace mydock::image {

namespace {

bool has_label(const Image& image, std::string_view label) {
  const auto equals = label.find('=');
  const auto found = image.config.config.labels.find(std::string(label.substr(0, equals)));
  if (found == image.config.config.labels.end()) return false;
  return equals == std::string_view::npos || found->second == label.substr(equals + 1);
}

[[noreturn]] void bad_pattern() { fail(Kind::invalid, "syntax error in pattern"); }

char take_one(std::string_view& pattern) {
  if (!pattern.empty() && pattern.front() == '\\') pattern.remove_prefix(1);
  if (pattern.empty()) bad_pattern();
  const char one = pattern.front();
  pattern.remove_prefix(1);
  return one;
}

// `pattern` is behind "[", and behind "]" afterwards.
bool take_class(std::string_view& pattern, char character) {
  const bool negated = !pattern.empty() && pattern.front() == '^';
  if (negated) pattern.remove_prefix(1);
  bool matched = false;
  for (bool first = true;; first = false) {
    if (pattern.empty()) bad_pattern();
    if (pattern.front() == ']' && !first) break;
    const char low = take_one(pattern);
    char high = low;
    if (!pattern.empty() && pattern.front() == '-') {
      pattern.remove_prefix(1);
      high = take_one(pattern);
    }
    matched = matched || (low <= character && character <= high);
  }
  pattern.remove_prefix(1);
  return matched != negated;
}

// One element that is no star; false: no match.
bool take_element(std::string_view& pattern, char character) {
  switch (pattern.front()) {
    case '[':
      pattern.remove_prefix(1);
      return take_class(pattern, character);
    case '?':
      pattern.remove_prefix(1);
      return character != '/';
    default:
      return take_one(pattern) == character;
  }
}

}  // namespace

bool has_labels(const Image& image, const std::vector<std::string>& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) { return has_label(image, label); });
}

bool has_any_label(const Image& image, const std::vector<std::string>& labels) {
  return std::ranges::any_of(labels, [&](const auto& label) { return has_label(image, label); });
}

// Goes back to the last star only, so that the time is bounded by pattern × path.
bool path_matches(std::string_view pattern, std::string_view path) {
  std::optional<std::string_view> star_pattern;
  std::string_view star_path;
  for (;;) {
    if (!pattern.empty() && pattern.front() == '*') {
      while (!pattern.empty() && pattern.front() == '*') pattern.remove_prefix(1);
      star_pattern = pattern;
      star_path = path;
      continue;
    }
    if (pattern.empty() && path.empty()) return true;
    if (!pattern.empty() && !path.empty() && take_element(pattern, path.front())) {
      path.remove_prefix(1);
      continue;
    }
    if (!star_pattern || star_path.empty() || star_path.front() == '/') return false;
    star_path.remove_prefix(1);
    path = star_path;
    pattern = *star_pattern;
  }
}

bool reference_matches(std::string_view pattern, const oci::Reference& name) {
  return path_matches(pattern, name.familiar()) || path_matches(pattern, name.familiar_name());
}

}  // namespace mydock::image
