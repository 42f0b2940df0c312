#include "engine/container/query/ps_output.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace mydock::engine {

namespace {

api::Strings words_of(std::string_view line, std::size_t most) {
  api::Strings words;
  std::size_t at = 0;
  while (words.size() < most) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) return words;
    const std::size_t end = words.size() + 1 == most ? line.size() : line.find_first_of(" \t", at);
    words.emplace_back(line.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return words;
    at = end;
  }
  return words;
}

pid_t pid_of(const std::string& text) {
  pid_t pid = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return error == std::errc() && end == text.data() + text.size() ? pid : -1;
}

}  // namespace

api::Strings split_ps_args(std::string_view text) {
  api::Strings words = words_of(text, static_cast<std::size_t>(-1));
  for (const std::string& word : words) {
    for (std::size_t at = word.find('='); at != std::string::npos; at = word.find('=', at + 1)) {
      const bool renames_pid =
          at >= 3 && word.compare(at - 3, 3, "pid") == 0 && at + 1 < word.size();
      if (renames_pid) {
        fail(Kind::invalid, "specifying \"{}\" is not allowed", word.substr(at - 3));
      }
    }
  }
  return words;
}

api::ContainerTop parse_ps(std::string_view output, const std::set<pid_t>& pids) {
  api::ContainerTop table;
  const std::size_t first_end = output.find('\n');
  table.titles = words_of(output.substr(0, first_end), static_cast<std::size_t>(-1));
  const auto column = std::find(table.titles.begin(), table.titles.end(), "PID");
  if (column == table.titles.end()) fail(Kind::system, "Couldn't find PID field in ps output");
  const auto index = static_cast<std::size_t>(column - table.titles.begin());
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    const std::string_view line = output.substr(0, end);
    output = end == std::string_view::npos ? std::string_view() : output.substr(end + 1);
    api::Strings row = words_of(line, table.titles.size());
    if (row.size() > index && pids.contains(pid_of(row[index]))) {
      table.processes.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace mydock::engine
