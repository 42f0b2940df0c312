#include "engine/io/log_attributes.h"

#include <cctype>
#include <map>

namespace mydock::engine {

namespace {

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

template <class F>
void for_each_name(const api::LogConfig& log, const std::string& option, F&& take) {
  const auto found = log.config.find(option);
  if (found == log.config.end()) return;
  std::string_view rest = found->second;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    take(std::string(rest.substr(0, comma)));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
}

}  // namespace

std::string log_attributes(const Record& record) {
  const api::LogConfig& log = record.host_config().log_config;
  const api::ContainerConfig& config = record.config();
  std::map<std::string, std::string> attributes;
  for_each_name(log, "labels", [&](const std::string& name) {
    if (const auto label = config.labels.find(name); label != config.labels.end()) {
      attributes[name] = label->second;
    }
  });
  for_each_name(log, "env", [&](const std::string& name) {
    for (const std::string& entry : config.env.value_or(api::Strings{})) {
      if (entry.starts_with(name + "=")) attributes[name] = entry.substr(name.size() + 1);
    }
  });
  std::string text;
  for (const auto& [name, value] : attributes) {
    if (!text.empty()) text += ',';
    text += escape_query(name) + "=" + escape_query(value);
  }
  return text;
}

}  // namespace mydock::engine
