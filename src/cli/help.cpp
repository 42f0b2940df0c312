#include "cli/help.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "cli/terminal/terminal.h"

namespace mydock::cli {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

constexpr std::array<std::string_view, 11> kCommonCommands = {
    "run", "exec", "ps", "pull", "push", "images", "login", "logout", "search", "version", "info"};

// pflag's wrapN: the part of `text` for one line, and what is left.
std::pair<std::string_view, std::string_view> cut_line(std::string_view text, std::size_t width) {
  constexpr std::size_t kSlop = 5;
  if (width + kSlop > text.size()) return {text, {}};
  const std::string_view head = text.substr(0, width);
  const std::size_t blank = head.find_last_of(" \t\n");
  if (blank == kNone || blank == 0) return {text, {}};
  const std::size_t line_end = head.rfind('\n');
  const std::size_t cut = line_end != kNone && line_end > 0 && line_end < blank ? line_end : blank;
  return {text.substr(0, cut), text.substr(cut + 1)};
}

std::string indent_lines(std::string_view text, std::size_t indent) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(indent, ' ');
  }
  return out;
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string out;
  if (columns < indent + 24) {
    indent = 16;
    out += "\n" + std::string(indent, ' ');
  }
  const std::size_t width = std::max<std::size_t>(columns, indent + 24) - indent - 5;
  bool first = true;
  while (!text.empty()) {
    const auto [line, left] = cut_line(text, width);
    if (!first) out += "\n" + std::string(indent, ' ');
    out += indent_lines(line, indent);
    first = false;
    text = left;
  }
  return out;
}

std::string flag_names(const Flag& flag) {
  std::string names = flag.short_name != 0 ? fmt::format("  -{}, --{}", flag.short_name, flag.name)
                                           : fmt::format("      --{}", flag.name);
  const std::string_view word = value_word(flag.type);
  if (!word.empty()) names += fmt::format(" {}", word);
  return names;
}

bool is_shown(const Command& command, const Flag& flag) {
  return has_flag(command, flag) && flag.refused.empty();
}

std::vector<std::string_view> split_forms(std::string_view forms) {
  std::vector<std::string_view> parts;
  while (!forms.empty()) {
    const std::size_t end = forms.find(", ");
    parts.push_back(forms.substr(0, end));
    forms.remove_prefix(end == kNone ? forms.size() : end + 2);
  }
  return parts;
}

using Line = std::pair<std::string_view, std::string_view>;

std::string command_list(std::vector<Line> lines) {
  std::string out;
  for (const auto& [name, summary] : lines) out += fmt::format("  {:<11} {}\n", name, summary);
  return out;
}

bool is_common(std::string_view name) {
  return std::find(kCommonCommands.begin(), kCommonCommands.end(), name) != kCommonCommands.end();
}

}  // namespace

std::string_view verb_in(const Command& command, std::string_view group) {
  for (const std::string_view form : split_forms(command.forms)) {
    const std::size_t blank = form.find(' ');
    if (group.empty() && blank == kNone) return form;
    if (!group.empty() && blank != kNone && form.substr(0, blank) == group) {
      return form.substr(blank + 1);
    }
  }
  return {};
}

std::string flag_table(const Command& command, std::size_t columns) {
  std::size_t longest = 0;
  for (const Flag& flag : command.flags) {
    if (is_shown(command, flag)) longest = std::max(longest, flag_names(flag).size());
  }
  std::string out;
  for (const Flag& flag : command.flags) {
    if (!is_shown(command, flag)) continue;
    const std::string names = flag_names(flag);
    out += names + std::string(longest + 3 - names.size(), ' ') +
           wrap(flag.help, longest + 3, columns) + "\n";
  }
  return out;
}

std::string usage_line(const Command& command, std::string_view name) {
  return fmt::format("Usage:  mydock{}{} {}", name.empty() ? "" : " ", name, command.arguments);
}

std::string command_help(const Command& command, std::string_view name) {
  std::string out = usage_line(command, name) + "\n";
  // Some descriptions say the summary again, as docker's do.
  if (!command.description.starts_with(command.summary)) {
    out += fmt::format("\n{}\n", command.summary);
  }
  if (!command.description.empty()) out += fmt::format("\n{}\n", command.description);
  if (const auto forms = split_forms(command.forms); forms.size() > 1) {
    out += "\nAliases:\n  ";
    for (const std::string_view form : forms) {
      if (form != forms.front()) out += ", ";
      out += fmt::format("mydock {}", form);
    }
    out += "\n";
  }
  const std::string flags = flag_table(command, terminal_columns() - 1);
  if (!flags.empty()) out += "\nOptions:\n" + flags;
  return out;
}

std::string group_help(const Group& group) {
  std::vector<Line> lines;
  for (const Command* command : all_commands()) {
    const std::string_view verb = verb_in(*command, group.name);
    if (!verb.empty()) lines.emplace_back(verb, command->summary);
  }
  std::sort(lines.begin(), lines.end());
  return fmt::format(
      "Usage:  mydock {0} COMMAND\n\n{1}\n\nCommands:\n{2}\n"
      "Run 'mydock {0} COMMAND --help' for more information on a command.\n",
      group.name, group.summary, command_list(std::move(lines)));
}

std::string top_help() {
  std::vector<Line> common;
  std::vector<Line> others;
  for (const std::string_view name : kCommonCommands) {
    const Command* command = find_command(name);
    if (command != nullptr && !name.empty()) common.emplace_back(name, command->summary);
  }
  for (const Command* command : all_commands()) {
    const std::string_view verb = verb_in(*command, "");
    if (!verb.empty() && !is_common(verb)) others.emplace_back(verb, command->summary);
  }
  std::sort(others.begin(), others.end());
  std::vector<Line> groups;
  for (const Group& group : command_groups()) groups.emplace_back(group.name, group.summary);
  return fmt::format(
      "Usage:  mydock [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\n"
      "Common Commands:\n{}\nManagement Commands:\n{}\nCommands:\n{}\nGlobal Options:\n{}\n"
      "Run 'mydock COMMAND --help' for more information on a command.\n",
      command_list(std::move(common)), command_list(std::move(groups)),
      command_list(std::move(others)), flag_table(kTopCommand, terminal_columns() - 1));
}

}  // namespace mydock::cli
