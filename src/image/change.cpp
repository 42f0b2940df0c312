#include "image/change.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "base/json.h"
#include "image/healthcheck.h"
#include "image/words.h"

namespace mydock::image {

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

// What follows the instruction, and the config that it changes.
struct Change {
  oci::ExecutionConfig& config;
  std::string instruction;
  std::string_view rest;
  bool& cmd_was_set;  // by this list of changes

  std::string expand(std::string_view word) const {
    return expand_word(word, [this](std::string_view name) -> std::optional<std::string> {
      const std::string prefix = std::string(name) + "=";
      for (const std::string& one : config.env) {
        if (one.starts_with(prefix)) return one.substr(prefix.size());
      }
      return std::nullopt;
    });
  }

  void need_arguments() const {
    if (rest.empty()) fail(Kind::invalid, "{} requires at least one argument", instruction);
  }

  std::string one_argument() const {
    if (split_words(rest).size() != 1) {
      fail(Kind::invalid, "{} requires exactly one argument", instruction);
    }
    return expand(rest);
  }

  std::vector<std::string> command() const {
    if (auto list = json_list(rest)) return *list;
    if (rest.empty()) return {};
    std::vector<std::string> command =
        config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
    command.emplace_back(rest);
    return command;
  }

  // "A=b C=\"d e\"", or the old "A some text".
  std::vector<std::pair<std::string, std::string>> pairs() const {
    need_arguments();
    const auto words = split_words(rest);
    std::vector<std::pair<std::string, std::string>> pairs;
    if (words.front().find('=') == std::string::npos) {
      if (words.size() < 2) fail(Kind::invalid, "{} must have two arguments", instruction);
      pairs.emplace_back(expand(words.front()), expand(trimmed(rest.substr(words.front().size()))));
      return pairs;
    }
    for (const std::string& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) {
        fail(Kind::invalid,
             "Syntax error - can't find = in \"{}\". Must be of the form: name=value", word);
      }
      std::string name = expand(word.substr(0, equals));
      if (name.empty()) fail(Kind::invalid, "{} names can not be blank", instruction);
      pairs.emplace_back(std::move(name), expand(word.substr(equals + 1)));
    }
    return pairs;
  }
};

void cmd(const Change& change) {
  change.config.cmd = change.command();
  change.cmd_was_set = true;
}

void entrypoint(const Change& change) {
  change.config.entrypoint = change.command();
  if (!change.cmd_was_set) change.config.cmd.clear();  // the old one was for the old entrypoint
}

void env(const Change& change) {
  for (const auto& [name, value] : change.pairs()) {
    const std::string prefix = name + "=";
    auto& list = change.config.env;
    const auto there =
        std::ranges::find_if(list, [&](const std::string& one) { return one.starts_with(prefix); });
    if (there != list.end()) {
      *there = prefix + value;
    } else {
      list.push_back(prefix + value);
    }
  }
}

void label(const Change& change) {
  for (const auto& [name, value] : change.pairs()) change.config.labels[name] = value;
}

int port_number(std::string_view text, std::string_view whole) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > 65535) {
    fail(Kind::invalid, "invalid containerPort: {}", whole);
  }
  return number;
}

void expose(const Change& change) {
  change.need_arguments();
  for (const std::string& word : split_words(change.rest)) {
    const std::string text = change.expand(word);
    const auto slash = text.find('/');
    const std::string protocol = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
      fail(Kind::invalid, "invalid proto: {}", protocol);
    }
    const std::string_view range = std::string_view(text).substr(0, slash);
    const auto dash = range.find('-');
    const int first = port_number(range.substr(0, dash), text);
    const int last =
        dash == std::string_view::npos ? first : port_number(range.substr(dash + 1), text);
    if (last < first) fail(Kind::invalid, "invalid containerPort: {}", text);
    for (int port = first; port <= last; ++port) {
      change.config.exposed_ports[fmt::format("{}/{}", port, protocol)] = {};
    }
  }
}

void volume(const Change& change) {
  change.need_arguments();
  auto paths = json_list(change.rest);
  if (!paths) paths = split_words(change.rest);
  for (const std::string& word : *paths) {
    std::string path = change.expand(word);
    if (trimmed(path).empty()) fail(Kind::invalid, "VOLUME specified can not be an empty string");
    change.config.volumes[std::move(path)] = {};
  }
}

void user(const Change& change) { change.config.user = change.one_argument(); }

void workdir(const Change& change) {
  change.need_arguments();
  const std::string path = change.expand(change.rest);
  if (path.empty()) fail(Kind::invalid, "cannot normalize nothing");
  const auto base = std::filesystem::path("/") / change.config.working_dir;
  std::string normal = (base / path).lexically_normal().string();
  if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  change.config.working_dir = std::move(normal);
}

void stopsignal(const Change& change) {
  const std::string signal = change.one_argument();
  const bool plain = !signal.empty() && std::ranges::all_of(signal, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-';
  });
  if (!plain) fail(Kind::invalid, "invalid signal: {}", signal);
  change.config.stop_signal = signal;
}

void onbuild(const Change& change) {
  change.need_arguments();
  const std::string trigger = upper(split_words(change.rest).front());
  if (trigger == "ONBUILD") {
    fail(Kind::invalid, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger == "MAINTAINER" || trigger == "FROM") {
    fail(Kind::invalid, "{} isn't allowed as an ONBUILD trigger", trigger);
  }
  change.config.on_build.emplace_back(change.rest);
}

void healthcheck(const Change& change) {
  change.config.healthcheck = parse_healthcheck(change.rest);
}

struct Row {
  std::string_view instruction;
  void (*apply)(const Change&);
};
constexpr std::array<Row, 11> kInstructions = {{{"CMD", cmd},
                                                {"ENTRYPOINT", entrypoint},
                                                {"ENV", env},
                                                {"EXPOSE", expose},
                                                {"HEALTHCHECK", healthcheck},
                                                {"LABEL", label},
                                                {"ONBUILD", onbuild},
                                                {"STOPSIGNAL", stopsignal},
                                                {"USER", user},
                                                {"VOLUME", volume},
                                                {"WORKDIR", workdir}}};

}  // namespace

void apply_changes(oci::ExecutionConfig& config, std::span<const std::string> changes) {
  bool cmd_was_set = false;
  for (const std::string& line : changes) {
    if (line.find('\0') != std::string::npos) fail(Kind::invalid, "change holds a NUL byte");
    const std::string_view text = trimmed(line);
    if (text.empty()) continue;
    const auto blank = std::min(text.find_first_of(" \t"), text.size());
    const std::string instruction = upper(text.substr(0, blank));
    const auto row = std::ranges::find(kInstructions, instruction, &Row::instruction);
    if (row == kInstructions.end()) {
      fail(Kind::invalid, "{} is not a valid change command", text.substr(0, blank));
    }
    row->apply({config, instruction, trimmed(text.substr(blank)), cmd_was_set});
  }
}

}  // namespace mydock::image
