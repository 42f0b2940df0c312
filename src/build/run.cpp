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

void Session::run_command(StageState& stage, const Instruction& instruction) {
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

  RunMounts mounts(request_, stop_);
  for (const std::string& text : instruction.flag_list("mount")) {
    const MountFlag mount =
        parse_mount(text, step.cwd, stage.arguments.variables(config.env), file_.escape);
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

  const std::vector<std::string> declared = stage.arguments.declared(config.env);
  std::string comment;
  if (step.env.size() > config.env.size()) {  // proxies count, but are not named
    comment = fmt::format("|{}{}{} ", declared.size(), declared.empty() ? "" : " ",
                          fmt::join(declared, " "));
  }
  const std::string command = fmt::format("{}", fmt::join(command_line(stage, instruction), " "));
  comment += command;
  const std::string key = Key("run")
                              .add(stage.chain ? stage.chain->str() : "")
                              .add(command_line(stage, instruction))
                              .add(config.env)
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
    report_.text(fmt::format(" ---> Running in {}\n", snapshot.substr(0, 12)));
    const int code = worker_.run(step, report_, stop_);
    if (code != 0) {
      throw StepFailed(fmt::format("The command '{}' returned a non-zero code: {}", command, code),
                       code);
    }
    report_.text(fmt::format(" ---> Removed intermediate container {}\n", snapshot.substr(0, 12)));
    points.clear(overlay.upper);
    return worker_.changes(overlay);
  });
}

}  // namespace mydock::build
