#include "api/filters.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::api {

namespace {

std::string lower_trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  std::string word(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return word;
}

bool label_matches(const StringMap& labels, std::string_view wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = labels.find(std::string(wanted.substr(0, equals)));
  if (found == labels.end()) return false;
  return equals == wanted.npos || found->second == wanted.substr(equals + 1);
}

}  // namespace

bool parse_flag(std::string_view text) {
  const std::string word = lower_trimmed(text);
  return !(word.empty() || word == "0" || word == "no" || word == "false" || word == "none");
}

Filters Filters::parse(std::string_view text) {
  Filters filters;
  if (text.empty()) return filters;
  try {
    const JsonDocument document(text);
    const JsonReader root = document.root();
    if (root.is_null()) return filters;
    if (!root.is_object()) fail(Kind::invalid, "not an object");
    root.members([&](const std::string& key, const JsonReader& values) {
      if (values.is_list()) {
        for (std::size_t i = 0; i < values.size(); ++i) filters.add(key, values.item(i).text());
      } else {
        values.members(
            [&](const std::string& value, const JsonReader&) { filters.add(key, value); });
      }
    });
  } catch (const Error&) {
    fail(Kind::invalid, "invalid filter");  // Docker tells no more
  }
  return filters;
}

std::string Filters::encode() const {
  if (values_.empty()) return {};
  JsonWriter writer;
  writer.begin('{');
  for (const auto& [key, values] : values_) {
    writer.key(key);
    writer.begin('{');
    for (const std::string& value : values) writer(value, true);
    writer.end('}');
  }
  writer.end('}');
  return writer.take();
}

void Filters::add(std::string key, std::string value) {
  values_[std::move(key)].insert(std::move(value));
}

const std::set<std::string>& Filters::values(std::string_view key) const {
  static const std::set<std::string> kNone;
  const auto found = values_.find(key);
  return found == values_.end() ? kNone : found->second;
}

void Filters::require_known(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, values] : values_) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      fail(Kind::invalid, "invalid filter '{}'", key);
    }
  }
}

std::optional<bool> Filters::flag(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  std::optional<bool> answer;
  for (const std::string& value : found->second) {
    const bool yes = value == "1" || value == "true";
    const bool no = value == "0" || value == "false";
    if ((!yes && !no) || (answer && *answer != yes)) {
      std::string all;
      for (const std::string& each : found->second) all += (all.empty() ? "" : " ") + each;
      fail(Kind::invalid, "invalid filter '{}=[{}]'", key, all);
    }
    answer = yes;
  }
  return answer;
}

bool Filters::allows(std::string_view key, std::string_view value) const {
  const auto found = values_.find(key);
  return found == values_.end() || found->second.contains(std::string(value));
}

bool Filters::allows_prefix(std::string_view key, std::string_view value) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return true;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const std::string& prefix) { return value.starts_with(prefix); });
}

bool Filters::allows_labels(const StringMap& labels) const {
  for (const std::string& wanted : values("label")) {
    if (!label_matches(labels, wanted)) return false;
  }
  for (const std::string& unwanted : values("label!")) {
    if (label_matches(labels, unwanted)) return false;
  }
  return true;
}

}  // namespace mydock::api
