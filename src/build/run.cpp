#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "build/run_mounts.h"
#include "build/session.h"
#include "build/words.h"

namespace mydock::build {

namespace {

// A heredoc that is the whole command.
const Heredoc* sole_heredoc(const Instruction& run) {
  const bool sole = run.heredocs.size() == 1 && heredoc_mark(run.rest).has_value();
  return sole ? &run.heredocs.front() : nullptr;
}

// The text for the shell: with the heredocs behind it again.
std::string shell_text(const Instruction& run) {
  if (const Heredoc* body = sole_heredoc(run)) return body->content;
  std::string text = run.rest;
  if (run.heredocs.empty()) return text;
  text += '\n';
  for (const Heredoc& body : run.heredocs) text += body.content + body.name + "\n";
  return text;
}

std::string one_of(const Instruction& run, std::string_view flag,
                   std::initializer_list<std::string_view> known) {
  const std::string value = run.flag(flag).value_or("");
  if (!value.empty() && std::ranges::find(known, value) == known.end()) {
    fail(Kind::invalid, "invalid {} mode: {}", flag, value);
  }
  return value == "default" || value == "sandbox" ? "" : value;
}

}  // namespace

std::vector<std::string> Session::command_line(const StageState& stage,
                                               const Instruction& instruction) const {
  if (instruction.json) return instruction.words;
  const auto& shell = stage.image.config.shell;
  std::vector<std::string> line = shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : shell;
  line.push_back(shell_text(instruction));
  return line;
}

RunStep Session::make_step(const StageState& stage, const Instruction& instruction) const {
  const oci::ExecutionConfig& config = stage.image.config;
  if (one_of(instruction, "security", {"sandbox", "insecure"}) == "insecure") {
    fail(Kind::forbidden, "security.insecure is not allowed");
  }
  if (!instruction.flag_list("device").empty()) {
    fail(Kind::not_implemented, "RUN --device is not implemented yet");
  }
  RunStep step;
  step.network = one_of(instruction, "network", {"default", "none", "host"});
  if (step.network == "host" && request_.network != "host") {
    fail(Kind::forbidden, "network.host is not allowed");
  }
  step.args = command_line(stage, instruction);
  step.env = config.env;
  for (std::string& one : stage.arguments.for_run(config.env)) step.env.push_back(std::move(one));
  step.user = config.user;
  step.cwd = config.working_dir.empty() ? "/" : config.working_dir;
  return step;
}

void Session::add_mounts(RunMounts& mounts, RunStep& step, const StageState& stage,
                         const Instruction& instruction) {
  const Variables variables = stage.arguments.variables(stage.image.config.env);
  for (const std::string& text : instruction.flag_list("mount")) {
    const MountFlag mount = parse_mount(text, step.cwd, variables, file_.escape);
    std::optional<RunMounts::Tree> tree;
    if (!mount.from.empty()) {
      const std::vector<std::string> layers = layers_of(mount.from);
      if (layers.empty()) fail(Kind::invalid, "{} has no files", mount.from);
      tree.emplace(layers.size() == 1 ? layers.front() : "", worker_.open_layers(layers));
    }
    mounts.add(mount, tree);
  }
  const Heredoc* body = instruction.json ? nullptr : sole_heredoc(instruction);
  if (body != nullptr && body->content.starts_with("#!")) {
    step.args = {mounts.add_script(body->name, body->content)};
  }
}

void Session::run_step(const RunStep& step, const std::string& command) {
  const std::string shown = step.snapshot.substr(0, 12);
  report_.text(fmt::format(" ---> Running in {}\n", shown));
  const int code = worker_.run(step, report_, stop_);
  if (code != 0) {
    throw StepFailed(fmt::format("The command '{}' returned a non-zero code: {}", command, code),
                     code);
  }
  report_.text(fmt::format(" ---> Removed intermediate container {}\n", shown));
}

void Session::run_command(StageState& stage, const Instruction& instruction) {
  const std::vector<std::string>& env = stage.image.config.env;
  RunStep step = make_step(stage, instruction);
  RunMounts mounts(request_, stop_);
  add_mounts(mounts, step, stage, instruction);
  const std::vector<std::string> declared = stage.arguments.declared(env);
  const std::vector<std::string> words = command_line(stage, instruction);
  const std::string command = fmt::format("{}", fmt::join(words, " "));
  std::string comment;
  if (step.env.size() > env.size()) {  // proxies count, but are not named
    comment = fmt::format("|{}{}{} ", declared.size(), declared.empty() ? "" : " ",
                          fmt::join(declared, " "));
  }
  comment += command;
  const std::string key = Key("run")
                              .add(stage.chain ? stage.chain->str() : "")
                              .add(words)
                              .add(env)
                              .add(declared)
                              .add(step.user)
                              .add(step.cwd)
                              .add(step.network.empty() ? request_.network : step.network)
                              .add(mounts.key())
                              .add(epoch_ ? to_rfc3339(*epoch_) : "")
                              .hex();
  make_layer(stage, key, comment, [&](const std::string& snapshot) -> Changed {
    step.snapshot = snapshot;
    step.mounts = mounts.ready();
    for (const std::string& one : mounts.secret_env()) step.env.push_back(one);
    const image::OverlayMount overlay = store_.snapshots.mounts(snapshot);
    const MountPoints points(step.mounts, overlay.lower.empty()
                                              ? std::nullopt
                                              : std::optional(worker_.open_layers(overlay.lower)));
    run_step(step, command);
    points.clear(overlay.upper);
    return worker_.changes(overlay);
  });
}

}  // namespace mydock::build
