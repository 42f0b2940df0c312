#include "engine/io/log_attributes.h"

#include <cctype>
#include <regex>

#include "base/error.h"

namespace mydock::engine {

namespace {

using Attributes = std::map<std::string, std::string>;

std::string escape_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

std::string option(const Record& record, const std::string& name) {
  const api::StringMap& config = record.host_config().log_config.config;
  const auto found = config.find(name);
  return found == config.end() ? std::string() : found->second;
}

Attributes variables(const Record& record) {
  Attributes all;
  for (const std::string& entry : record.config().env.value_or(api::Strings{})) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) all[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return all;
}

void add_named(Attributes& chosen, const std::string& names, const Attributes& all) {
  std::string_view rest = names;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (const auto found = all.find(std::string(rest.substr(0, comma))); found != all.end()) {
      chosen.insert_or_assign(found->first, found->second);
    }
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
}

void add_matching(Attributes& chosen, const std::string& pattern, const Attributes& all) {
  if (pattern.empty()) return;
  // std::regex goes one call deeper with every character of what it looks at.
  constexpr std::size_t kLongest = 1024;
  try {
    const std::regex expression(pattern, std::regex::ECMAScript | std::regex::optimize);
    for (const auto& [name, value] : all) {
      if (name.size() <= kLongest && std::regex_search(name, expression)) {
        chosen.insert_or_assign(name, value);
      }
    }
  } catch (const std::regex_error& error) {
    fail(Kind::invalid, "error parsing regexp: {}: `{}`", error.what(), pattern);
  }
}

std::string short_id(std::string_view id) {
  constexpr std::size_t kShort = 12;
  if (const std::size_t colon = id.find(':'); colon != std::string_view::npos) {
    id.remove_prefix(colon + 1);
  }
  return std::string(id.substr(0, kShort));
}

std::string command_of(const api::ContainerConfig& config) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  for (const std::string& word : config.entrypoint.value_or(api::Strings{})) add(word);
  for (const std::string& word : config.cmd.value_or(api::Strings{})) add(word);
  return text;
}

std::string tag_field(const Record& record, std::string_view field, std::string_view whole) {
  if (field == ".ID") return short_id(record.id());
  if (field == ".FullID" || field == ".ContainerID") return record.id();
  if (field == ".Name") return record.name;
  if (field == ".ContainerName") return "/" + record.name;
  if (field == ".ImageID") return short_id(record.definition->image_id);
  if (field == ".ImageFullID" || field == ".ContainerImageID") return record.definition->image_id;
  if (field == ".ImageName" || field == ".ContainerImageName") return record.config().image;
  if (field == ".DaemonName") return "docker";
  if (field == ".Command") return command_of(record.config());
  fail(Kind::invalid, "log option tag \"{}\": no such field: {}", whole, field);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Attributes log_attributes(const Record& record) {
  Attributes chosen;
  const Attributes& labels = record.config().labels;
  const Attributes environment = variables(record);
  add_named(chosen, option(record, "labels"), labels);
  add_matching(chosen, option(record, "labels-regex"), labels);
  add_named(chosen, option(record, "env"), environment);
  add_matching(chosen, option(record, "env-regex"), environment);
  return chosen;
}

std::string shown_attributes(const Attributes& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    if (!text.empty()) text += ',';
    text += escape_query(name) + "=" + escape_query(value);
  }
  return text;
}

std::string log_tag(const Record& record, std::string_view fallback) {
  const std::string chosen = option(record, "tag");
  const std::string_view whole = chosen.empty() ? fallback : std::string_view(chosen);
  std::string text;
  std::string_view rest = whole;
  for (;;) {
    const std::size_t open = rest.find("{{");
    text += rest.substr(0, open);
    if (open == std::string_view::npos) return text;
    const std::size_t close = rest.find("}}", open);
    if (close == std::string_view::npos) {
      fail(Kind::invalid, "log option tag \"{}\": unclosed action", whole);
    }
    text += tag_field(record, trimmed(rest.substr(open + 2, close - open - 2)), whole);
    rest.remove_prefix(close + 2);
  }
}

}  // namespace mydock::engine
