#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "build/go_text.h"
#include "build/session.h"
#include "build/words.h"
#include "image/change.h"
#include "image/healthcheck.h"

namespace mydock::build {

namespace {

std::vector<std::string> shell_of(const oci::ExecutionConfig& config) {
  return config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
}

}  // namespace

std::string shell_prefix(const oci::ExecutionConfig& config) {
  return fmt::format("{} #(nop) ", fmt::join(shell_of(config), " "));
}

std::string clean_path(std::string_view workdir, std::string_view path) {
  std::string clean =
      (fs::path("/") / fs::path(workdir) / fs::path(path)).lexically_normal().string();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  return clean;
}

std::string Session::expanded(const StageState& stage, std::string_view word) const {
  return expand(word, stage.arguments.variables(stage.image.config.env), file_.escape);
}

// A step that made no layer is in the cache too, for its time: a build that is cached from its
// first to its last step makes the same image again.
void Session::commit_metadata(StageState& stage, const std::string& comment) {
  const std::string text = shell_prefix(stage.image.config) + " " + comment;
  const std::string key = Key("meta")
                              .add(stage.history_key)
                              .add(text)
                              .add(stage.image.author)
                              .add(epoch_ ? to_rfc3339(*epoch_) : "")
                              .hex();
  Time created = step_time();
  const auto hit = request_.no_cache ? std::nullopt : cache_.find(lease_, key);
  if (hit) {
    report_.text(" ---> Using cache\n");
    created = hit->created;
  } else {
    fresh_.push_back({key, "internal", comment, stage.chain, {}, 0, created, now(), 0});
  }
  take_layer(stage, key, text, {stage.chain, {}, 0}, created);
}

void Session::env(StageState& stage, const Instruction& instruction) {
  std::vector<std::string> env = stage.image.config.env;  // the words see what was before
  std::string comment = "ENV";
  for (const auto& [raw_name, raw_value] : instruction.pairs) {
    const std::string name = expanded(stage, raw_name);
    const std::string value = expanded(stage, raw_value);
    if (name.empty()) fail(Kind::invalid, "ENV names can not be blank");
    set_variable(env, name, value);
    comment += " " + name + "=" + value;
  }
  stage.image.config.env = std::move(env);
  commit_metadata(stage, comment);
}

void Session::label(StageState& stage, const Instruction& instruction) {
  std::string comment = "LABEL";
  for (const auto& [raw_name, raw_value] : instruction.pairs) {
    const std::string name = expanded(stage, raw_name);
    const std::string value = expanded(stage, raw_value);
    if (name.empty()) fail(Kind::invalid, "LABEL names can not be blank");
    stage.image.config.labels[name] = value;
    comment += " " + name + "=" + value;
  }
  commit_metadata(stage, comment);
}

void Session::arg(StageState& stage, const Instruction& instruction) {
  std::string comment = "ARG";
  for (const std::string& word : instruction.words) {
    auto [name, value] = split_assignment(word);
    name = expanded(stage, name);
    if (value) value = expanded(stage, *value);
    stage.arguments.declare(name, value);
    comment += " " + name;
    if (value) comment += "=" + *value;
  }
  commit_metadata(stage, comment);
}

void Session::expose(StageState& stage, const Instruction& instruction) {
  std::vector<std::string> words = instruction.words;
  std::ranges::sort(words);
  std::vector<std::string> ports;
  const Variables variables = stage.arguments.variables(stage.image.config.env);
  for (const std::string& word : words) {
    for (std::string& port : expand_words(word, variables, file_.escape)) {
      ports.push_back(std::move(port));
    }
  }
  const std::string text = fmt::format("EXPOSE {}", fmt::join(ports, " "));
  if (text.find_first_of("$'\"\\") != std::string::npos) {
    fail(Kind::invalid, "invalid containerPort: {}", fmt::join(ports, " "));
  }
  image::apply_changes(stage.image.config, std::array{text});
  commit_metadata(stage, text);
}

void Session::command(StageState& stage, const Instruction& instruction) {
  oci::ExecutionConfig& config = stage.image.config;
  std::vector<std::string> words = instruction.words;
  if (!instruction.json && !words.empty()) {
    std::vector<std::string> shell = shell_of(config);
    shell.insert(shell.end(), words.begin(), words.end());
    words = std::move(shell);
  }
  if (instruction.keyword == "CMD") {
    config.cmd = words;
    if (!words.empty()) stage.cmd_set = true;
  } else {
    config.entrypoint = words;
    if (!stage.cmd_set) config.cmd.clear();  // the old one was for the old entrypoint
  }
  commit_metadata(stage, instruction.keyword + " " + go_quoted_list(words));
}

void Session::healthcheck(StageState& stage, const Instruction& instruction) {
  std::string text;
  for (const auto& [name, values] : instruction.flags) {
    text += "--" + name + "=" + values.front() + " ";
  }
  stage.image.config.healthcheck = image::parse_healthcheck(text + instruction.rest);
  commit_metadata(stage, "HEALTHCHECK " + go_quoted_healthcheck(*stage.image.config.healthcheck));
}

void Session::volume(StageState& stage, const Instruction& instruction) {
  std::vector<std::string> paths;
  for (const std::string& word : instruction.words) {
    paths.push_back(expanded(stage, word));
    if (trim(paths.back()).empty()) {
      fail(Kind::invalid, "VOLUME specified can not be an empty string");
    }
    stage.image.config.volumes[paths.back()] = {};
  }
  commit_metadata(stage, fmt::format("VOLUME [{}]", fmt::join(paths, " ")));
}

void Session::run_metadata(StageState& stage, const Instruction& instruction) {
  oci::ExecutionConfig& config = stage.image.config;
  const std::string& keyword = instruction.keyword;
  if (keyword == "ENV") return env(stage, instruction);
  if (keyword == "LABEL") return label(stage, instruction);
  if (keyword == "ARG") return arg(stage, instruction);
  if (keyword == "EXPOSE") return expose(stage, instruction);
  if (keyword == "CMD" || keyword == "ENTRYPOINT") return command(stage, instruction);
  if (keyword == "HEALTHCHECK") return healthcheck(stage, instruction);
  if (keyword == "VOLUME") return volume(stage, instruction);
  if (keyword == "SHELL") {
    config.shell = instruction.words;
    return commit_metadata(stage, fmt::format("SHELL [{}]", fmt::join(config.shell, " ")));
  }
  if (keyword == "ONBUILD") {
    static_cast<void>(parse_trigger(instruction.rest));  // an error now, not in somebody's build
    config.on_build.push_back(instruction.rest);
    return commit_metadata(stage, "ONBUILD " + instruction.rest);
  }
  if (keyword == "MAINTAINER") {
    stage.image.author = instruction.rest;
    return commit_metadata(stage, "MAINTAINER " + instruction.rest);
  }
  const std::string text = expanded(stage, instruction.rest);
  if (keyword == "USER") {
    config.user = text;
  } else if (keyword == "STOPSIGNAL") {
    image::apply_changes(config, std::array{"STOPSIGNAL '" + text + "'"});
  } else {
    fail(Kind::not_implemented, "{} is not implemented yet", keyword);
  }
  commit_metadata(stage, keyword + " " + text);
}

}  // namespace mydock::build
