#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "build/dockerfile.h"
#include "build/lexer.h"
#include "build/words.h"

namespace mydock::build {

namespace {

enum class Shape { command, list, blanks, pairs, names, text, health, trigger };

struct Rule {
  std::string_view keyword;
  Shape shape;
  std::string_view flags;  // blank-separated; "name?" is boolean, "name*" may be repeated
};
constexpr std::array<Rule, 18> kRules = {{
    {"ADD", Shape::list, "chown chmod checksum link? keep-git-dir? unpack? exclude*"},
    {"ARG", Shape::names, ""},
    {"CMD", Shape::command, ""},
    {"COPY", Shape::list, "from chown chmod link? parents? exclude*"},
    {"ENTRYPOINT", Shape::command, ""},
    {"ENV", Shape::pairs, ""},
    {"EXPOSE", Shape::blanks, ""},
    {"FROM", Shape::blanks, "platform"},
    {"HEALTHCHECK", Shape::health, "interval timeout start-period start-interval retries"},
    {"LABEL", Shape::pairs, ""},
    {"MAINTAINER", Shape::text, ""},
    {"ONBUILD", Shape::trigger, ""},
    {"RUN", Shape::command, "mount* network security device*"},
    {"SHELL", Shape::command, ""},
    {"STOPSIGNAL", Shape::text, ""},
    {"USER", Shape::text, ""},
    {"VOLUME", Shape::list, ""},
    {"WORKDIR", Shape::text, ""},
}};

const Rule* find_rule(std::string_view keyword) {
  const auto* found = std::ranges::find(kRules, keyword, &Rule::keyword);
  return found == kRules.end() ? nullptr : found;
}

bool parse_boolean(std::string_view name, std::string_view value) {
  const std::string low = lower(value);
  if (low == "true" || low == "1" || low == "t") return true;
  if (low == "false" || low == "0" || low == "f") return false;
  fail(Kind::invalid, "expecting boolean value for flag --{}, not: {}", name, value);
}

// The rule's word for a flag: "link?"; empty: it has no such flag.
std::string_view flag_rule(const Rule& rule, std::string_view name) {
  std::string_view left = rule.flags;
  while (!left.empty()) {
    const std::string_view one = left.substr(0, std::min(left.find(' '), left.size()));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    const std::string_view plain = one.substr(0, one.find_last_not_of("?*") + 1);
    if (plain == name) return one;
  }
  return {};
}

void read_flags(Instruction& instruction, const Rule& rule, const std::vector<std::string>& given) {
  for (const std::string& flag : given) {
    const auto equals = flag.find('=');
    const std::string name = flag.substr(2, equals == std::string::npos ? equals : equals - 2);
    const std::string_view kind = flag_rule(rule, name);
    if (kind.empty()) fail(Kind::invalid, "unknown flag: --{}", name);
    if (!kind.ends_with('*') && instruction.flags.contains(name)) {
      fail(Kind::invalid, "duplicate flag specified: --{}", name);
    }
    std::string value = equals == std::string::npos ? std::string() : flag.substr(equals + 1);
    if (kind.ends_with('?')) {
      value = equals == std::string::npos || parse_boolean(name, value) ? "true" : "false";
    } else if (equals == std::string::npos) {
      fail(Kind::invalid, "missing a value on flag: --{}", name);
    }
    instruction.flags[name].push_back(std::move(value));
  }
}

void read_pairs(Instruction& instruction, char escape) {
  const auto words = split_words(instruction.rest, escape);
  if (words.empty()) {
    fail(Kind::invalid, "{} requires at least one argument", instruction.keyword);
  }
  if (words.front().find('=') == std::string::npos) {
    const auto [name, value] = split_command(instruction.rest);
    if (value.empty()) fail(Kind::invalid, "{} must have two arguments", instruction.keyword);
    instruction.pairs.emplace_back(name, value);
    return;
  }
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      fail(Kind::invalid, "Syntax error - can't find = in \"{}\". Must be of the form: name=value",
           word);
    }
    if (equals == 0) fail(Kind::invalid, "{} names can not be blank", instruction.keyword);
    instruction.pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
}

void read_command(Instruction& instruction) {
  if (auto words = json_words(instruction.rest)) {
    instruction.json = true;
    instruction.words = std::move(*words);
  } else if (!instruction.rest.empty()) {
    instruction.words = {instruction.rest};
  }
}

void read_health(Instruction& instruction) {
  const auto [type, command] = split_command(instruction.rest);
  if (type.empty()) fail(Kind::invalid, "HEALTHCHECK requires at least one argument");
  instruction.words = {upper(type)};
  if (const auto list = json_words(command)) {
    instruction.json = true;
    instruction.words.insert(instruction.words.end(), list->begin(), list->end());
  } else if (!command.empty()) {
    instruction.words.emplace_back(command);
  }
  if (instruction.words[0] == "NONE") {
    if (instruction.words.size() > 1) fail(Kind::invalid, "HEALTHCHECK NONE takes no arguments");
  } else if (instruction.words[0] != "CMD") {
    fail(Kind::invalid, "Unknown type \"{}\" in HEALTHCHECK (try CMD)", type);
  } else if (instruction.words.size() < 2) {
    fail(Kind::invalid, "Missing command after HEALTHCHECK CMD");
  }
}

void read_trigger(Instruction& instruction) {
  const std::string trigger = upper(split_command(instruction.rest).first);
  if (trigger.empty()) fail(Kind::invalid, "ONBUILD requires at least one argument");
  if (trigger == "ONBUILD") {
    fail(Kind::invalid, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger == "FROM" || trigger == "MAINTAINER") {
    fail(Kind::invalid, "{} isn't allowed as an ONBUILD trigger", trigger);
  }
  instruction.words = {instruction.rest};
}

void read_words(Instruction& instruction, Shape shape, char escape) {
  switch (shape) {
    case Shape::command:
      return read_command(instruction);
    case Shape::list:
      read_command(instruction);
      if (!instruction.json) instruction.words = split_blanks(instruction.rest);
      return;
    case Shape::blanks:
      instruction.words = split_blanks(instruction.rest);
      return;
    case Shape::pairs:
      return read_pairs(instruction, escape);
    case Shape::names:
      instruction.words = split_words(instruction.rest, escape);
      return;
    case Shape::text:
      if (!instruction.rest.empty()) instruction.words = {instruction.rest};
      return;
    case Shape::health:
      return read_health(instruction);
    case Shape::trigger:
      return read_trigger(instruction);
  }
}

void check_copy(const Instruction& instruction) {
  if (instruction.words.size() == 1) {
    fail(Kind::invalid,
         "{} requires at least two arguments, but only one was provided. Destination could not be "
         "determined",
         instruction.keyword);
  }
  if (instruction.words.size() < 2) {
    fail(Kind::invalid, "{} requires at least two arguments", instruction.keyword);
  }
  if (heredoc_mark(instruction.words.back())) {
    fail(Kind::invalid, "{} cannot accept a heredoc as a destination", instruction.keyword);
  }
}

void check_counts(const Instruction& instruction) {
  const std::string& keyword = instruction.keyword;
  const std::size_t count = instruction.words.size();
  if (keyword == "ADD" || keyword == "COPY") return check_copy(instruction);
  if (keyword == "FROM") {
    const bool named = count == 3 && lower(instruction.words[1]) == "as";
    if (count != 1 && !named) {
      fail(Kind::invalid, "FROM requires either one or three arguments");
    }
    return;
  }
  if (keyword == "SHELL" && (!instruction.json || count == 0)) {
    if (count == 0) fail(Kind::invalid, "SHELL requires at least one argument");
    fail(Kind::invalid, "SHELL requires the arguments to be in JSON form");
  }
  const bool exactly_one = keyword == "MAINTAINER" || keyword == "STOPSIGNAL" ||
                           keyword == "USER" || keyword == "WORKDIR";
  if (exactly_one && count != 1) fail(Kind::invalid, "{} requires exactly one argument", keyword);
  const bool one_at_least =
      keyword == "RUN" || keyword == "EXPOSE" || keyword == "VOLUME" || keyword == "ARG";
  if (one_at_least && count == 0) {
    fail(Kind::invalid, "{} requires at least one argument", keyword);
  }
  for (const std::string& word : instruction.words) {
    if (keyword == "ARG" && word.starts_with('=')) {
      fail(Kind::invalid, "ARG names can not be blank");
    }
    if (keyword == "VOLUME" && word.empty()) {
      fail(Kind::invalid, "VOLUME specified can not be an empty string");
    }
  }
}

Instruction make_instruction(const LogicalLine& line, char escape) {
  Instruction instruction;
  auto [command, rest] = split_command(line.text);
  instruction.keyword = upper(command);
  instruction.original = line.text;
  instruction.line = line.line;
  instruction.last_line = line.last_line;
  instruction.heredocs = line.heredocs;
  if (line.text.find('\0') != std::string::npos) fail(Kind::invalid, "NUL byte in instruction");
  const Rule* rule = find_rule(instruction.keyword);
  if (rule == nullptr) fail(Kind::invalid, "unknown instruction: {}", command);
  read_flags(instruction, *rule, take_flags(rest, escape));
  instruction.rest = std::string(trim(rest));
  read_words(instruction, rule->shape, escape);
  check_counts(instruction);
  return instruction;
}

Instruction make_instruction_on(const LogicalLine& line, char escape) {
  try {
    return make_instruction(line, escape);
  } catch (const Error& error) {
    fail_on_line(line.line, error.message());
  }
}

bool is_stage_name(std::string_view name) {
  return !name.empty() && std::islower(static_cast<unsigned char>(name.front())) != 0 &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

Stage make_stage(Instruction from) {
  Stage stage;
  stage.base = from.words[0];
  stage.platform = from.flag("platform").value_or("");
  if (from.words.size() == 3) {
    stage.name = lower(from.words[2]);
    if (!is_stage_name(stage.name)) {
      fail_on_line(from.line,
                   fmt::format("invalid name for build stage: \"{}\", name can't start with a "
                               "number or contain symbols",
                               from.words[2]));
    }
  }
  stage.from = std::move(from);
  return stage;
}

}  // namespace

std::optional<std::string> Instruction::flag(std::string_view name) const {
  const auto found = flags.find(std::string(name));
  if (found == flags.end()) return std::nullopt;
  return found->second.front();
}

std::vector<std::string> Instruction::flag_list(std::string_view name) const {
  const auto found = flags.find(std::string(name));
  return found == flags.end() ? std::vector<std::string>{} : found->second;
}

bool Instruction::flag_set(std::string_view name) const { return flag(name) == "true"; }

Dockerfile parse(std::string_view text) {
  Lexed lexed = lex(text);
  Dockerfile file;
  file.escape = lexed.escape;
  file.syntax = std::move(lexed.syntax);
  file.warnings = std::move(lexed.warnings);
  for (const LogicalLine& line : lexed.lines) {
    Instruction instruction = make_instruction_on(line, file.escape);
    if (instruction.keyword == "FROM") {
      file.stages.push_back(make_stage(std::move(instruction)));
    } else if (!file.stages.empty()) {
      file.stages.back().instructions.push_back(std::move(instruction));
    } else if (instruction.keyword == "ARG") {
      file.globals.push_back(std::move(instruction));
    } else {
      fail_on_line(line.line, "no build stage in current context");
    }
  }
  if (file.stages.empty()) fail(Kind::invalid, "no build stage in current context");
  return file;
}

Instruction parse_trigger(std::string_view text) {
  const Lexed lexed = lex(text);
  if (lexed.lines.size() != 1) fail(Kind::invalid, "an ONBUILD trigger is one instruction");
  Instruction instruction = make_instruction(lexed.lines.front(), '\\');
  if (instruction.keyword == "ONBUILD") {
    fail(Kind::invalid, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (instruction.keyword == "FROM" || instruction.keyword == "MAINTAINER") {
    fail(Kind::invalid, "{} isn't allowed as an ONBUILD trigger", instruction.keyword);
  }
  return instruction;
}

}  // namespace mydock::build
