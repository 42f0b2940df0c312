#include "cli/arguments.h"

#include <charconv>

#include "api/units.h"
#include "cli/format/units.h"
#include "cli/format/value.h"

namespace mydock::cli {

namespace {

bool is_true_word(std::string_view text) {
  return text == "1" || text == "t" || text == "T" || text == "true" || text == "TRUE" ||
         text == "True";
}

class Parser {
 public:
  Parser(const Command& command, std::span<const std::string> words)
      : command_(command), words_(words) {}

  Arguments run() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--") {
        rest();
      } else if (word.size() > 2 && word.starts_with("--")) {
        long_flag(word);
      } else if (word.size() > 1 && word[0] == '-') {
        short_flags(word);
      } else {
        result_.args.push_back(word);
        if (command_.options_first) rest();
      }
      if (result_.help) break;
    }
    return std::move(result_);
  }

 private:
  void rest() {
    result_.args.insert(result_.args.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_),
                        words_.end());
    at_ = words_.size();
  }

  void long_flag(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name =
        word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    if (name.empty() || name[0] == '-') throw UsageError(fmt::format("bad flag syntax: {}", word));
    const Flag* flag = find_flag(command_, name);
    if (flag == nullptr) {
      if (name == "help") {
        result_.help = true;
        return;
      }
      throw UsageError(fmt::format("unknown flag: --{}", name));
    }
    if (flag->name == "help") {
      result_.help = true;
    } else if (equals != std::string_view::npos) {
      result_.flags.add(*flag, std::string(word.substr(equals + 1)));
    } else if (flag->type == FlagType::boolean) {
      result_.flags.add(*flag, "true");
    } else if (at_ < words_.size()) {
      result_.flags.add(*flag, words_[at_++]);
    } else {
      throw UsageError(fmt::format("flag needs an argument: --{}", name));
    }
  }

  void short_flags(std::string_view word) {
    for (std::string_view left = word.substr(1); !left.empty();) {
      const char name = left[0];
      const Flag* flag = find_flag(command_, name);
      if (flag == nullptr) {
        if (name == 'h') {
          result_.help = true;
          return;
        }
        throw UsageError(fmt::format("unknown shorthand flag: '{}' in -{}", name, left));
      }
      if (left.size() > 2 && left[1] == '=') {
        result_.flags.add(*flag, std::string(left.substr(2)));
        return;
      }
      if (flag->type == FlagType::boolean) {
        result_.flags.add(*flag, "true");
        left.remove_prefix(1);
        continue;
      }
      if (left.size() > 1) {
        result_.flags.add(*flag, std::string(left.substr(1)));
      } else if (at_ < words_.size()) {
        result_.flags.add(*flag, words_[at_++]);
      } else {
        throw UsageError(fmt::format("flag needs an argument: '{}' in -{}", name, left));
      }
      return;
    }
  }

  const Command& command_;
  std::span<const std::string> words_;
  std::size_t at_ = 0;
  Arguments result_;
};

std::string plural(std::size_t count) { return count == 1 ? "argument" : "arguments"; }

}  // namespace

void Flags::add(const Flag& flag, std::string value) {
  auto& values = values_.try_emplace(std::string(flag.name)).first->second;
  if (!is_repeatable(flag.type)) values.clear();
  values.push_back(value);
  given_.emplace_back(&flag, std::move(value));
}

const std::string* Flags::last(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second.back();
}

bool Flags::boolean(std::string_view name, bool absent) const {
  const std::string* value = last(name);
  return value == nullptr ? absent : is_true_word(*value);
}

std::string Flags::text(std::string_view name, std::string_view absent) const {
  const std::string* value = last(name);
  return value == nullptr ? std::string(absent) : *value;
}

std::vector<std::string> Flags::list(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return {};
  const Flag* flag = nullptr;
  for (const Given& given : given_) {
    if (given.first->name == name) flag = given.first;
  }
  if (flag == nullptr || flag->type != FlagType::strings) return found->second;
  std::vector<std::string> parts;
  for (const std::string& value : found->second) {
    for (std::size_t start = 0; start <= value.size();) {
      const std::size_t end = std::min(value.find(',', start), value.size());
      parts.push_back(value.substr(start, end - start));
      start = end + 1;
    }
  }
  return parts;
}

std::optional<std::int64_t> Flags::integer(std::string_view name) const {
  const std::string* value = last(name);
  if (value == nullptr) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(value->data() + (value->starts_with('+') ? 1 : 0), value->data() + value->size(),
                  number);
  return number;
}

std::int64_t Flags::duration(std::string_view name) const {
  const std::string* value = last(name);
  const auto duration = value == nullptr ? std::nullopt : parse_go_duration(*value);
  return duration ? duration->count() : 0;
}

std::int64_t Flags::bytes(std::string_view name) const {
  const std::string* value = last(name);
  if (value == nullptr) return 0;
  return *value == "-1" ? -1 : api::parse_size(*value).value_or(0);
}

Arguments parse_arguments(const Command& command, std::span<const std::string> words) {
  return Parser(command, words).run();
}

void check_count(const Command& command, std::string_view name, std::size_t count) {
  const std::size_t least = command.least;
  const std::size_t most = command.most;
  if (count >= least && count <= most) return;
  std::string what;
  if (most == 0) {
    what = "accepts no arguments";
  } else if (least == most) {
    what = fmt::format("requires {} {}", least, plural(least));
  } else if (most == kUnlimited) {
    what = fmt::format("requires at least {} {}", least, plural(least));
  } else if (least == 0) {
    what = fmt::format("requires at most {} {}", most, plural(most));
  } else {
    what = fmt::format("requires at least {} and at most {} {}", least, most, plural(most));
  }
  throw UsageError(fmt::format("mydock: 'mydock {}' {}", name, what));
}

}  // namespace mydock::cli
