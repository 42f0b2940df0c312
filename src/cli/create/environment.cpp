#include "cli/create/environment.h"

#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "cli/create/values.h"

namespace mydock::cli {

namespace {

std::string read_text(const std::string& path) {
  const auto text = find_file(path);
  if (!text) fail(Kind::system, "open {}: no such file or directory", path);
  return *text;
}

// The lines that say something, without leading blanks.
std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::string text = read_text(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    start = end + 1;
    if (line.ends_with('\r')) line.pop_back();
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.empty() && line[0] != '#') lines.push_back(std::move(line));
  }
  return lines;
}

void check_name(const std::string& path, const std::string& line, std::string_view name) {
  if (name.empty())
    fail(Kind::invalid, "invalid env file ({}): no variable name on line '{}'", path, line);
  if (name.find_first_of(" \t") != std::string_view::npos) {
    fail(Kind::invalid, "invalid env file ({}): variable '{}' contains whitespaces", path, name);
  }
}

}  // namespace

std::vector<std::string> read_environment(const std::vector<std::string>& files,
                                          const std::vector<std::string>& values) {
  std::vector<std::string> result;
  for (const std::string& file : files) {
    for (const std::string& line : read_lines(file)) {
      const std::string name = line.substr(0, line.find('='));
      check_name(file, line, name);
      if (line.find('=') != std::string::npos) {
        result.push_back(line);
      } else if (const char* value = std::getenv(name.c_str())) {
        result.push_back(name + "=" + value);
      }
    }
  }
  for (const std::string& value : values) {
    const char* inherited =
        value.find('=') == std::string::npos ? std::getenv(value.c_str()) : nullptr;
    result.push_back(inherited == nullptr ? value : value + "=" + inherited);
  }
  return result;
}

api::StringMap read_labels(const std::vector<std::string>& files,
                           const std::vector<std::string>& values) {
  std::vector<std::string> pairs;
  for (const std::string& file : files) {
    for (std::string& line : read_lines(file)) {
      if (line.find('=') != std::string::npos) pairs.push_back(std::move(line));
    }
  }
  pairs.insert(pairs.end(), values.begin(), values.end());
  return to_map(pairs);
}

api::StringMap to_map(const std::vector<std::string>& pairs) {
  api::StringMap map;
  for (const std::string& pair : pairs) {
    auto [key, value] = split_pair(pair);
    map[std::move(key)] = std::move(value);
  }
  return map;
}

}  // namespace mydock::cli
