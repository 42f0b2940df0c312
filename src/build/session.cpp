#include "build/session.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "build/go_text.h"
#include "build/words.h"

namespace mydock::build {

namespace {

constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// --label as the LABELs that end the target stage.
std::vector<Instruction> label_instructions(const std::map<std::string, std::string>& labels,
                                            char escape) {
  const auto literal = [&](std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (std::string_view("\\`$'\" \t\n").find(c) != std::string_view::npos) out += escape;
      out += c;
    }
    return out;
  };
  std::vector<Instruction> list;
  for (const auto& [name, value] : labels) {
    Instruction label;
    label.keyword = "LABEL";
    label.original = "LABEL " + go_quoted(name) + "='" + value + "'";
    label.pairs.emplace_back(literal(name), literal(value));
    list.push_back(std::move(label));
  }
  return list;
}

std::optional<Time> parse_epoch(const GivenArguments& arguments) {
  const auto found = arguments.find("SOURCE_DATE_EPOCH");
  if (found == arguments.end() || !found->second || found->second->empty()) return std::nullopt;
  const std::string& text = *found->second;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kMost = 9'000'000'000;
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kMost) {
    fail(Kind::invalid, "invalid SOURCE_DATE_EPOCH: {}", text);
  }
  return Time(std::chrono::seconds(seconds));
}

}  // namespace

Key& Key::add(std::string_view part) {
  const std::string head = std::to_string(part.size()) + ":";
  hasher_.add(as_bytes(head));
  hasher_.add(as_bytes(part));
  return *this;
}

Key& Key::add(const std::vector<std::string>& parts) {
  add(std::to_string(parts.size()));
  for (const std::string& part : parts) add(part);
  return *this;
}

Session::Session(const BuildRequest& request, image::Store& store, Cache& cache, Worker& worker,
                 Report& report, const std::stop_token& stop)
    : request_(request),
      store_(store),
      cache_(cache),
      worker_(worker),
      report_(report),
      stop_(stop),
      file_(parse(request.dockerfile)),
      globals_(request.arguments, request.platform.value_or(oci::host_platform()), request.target),
      lease_(store.layers.pins()),
      epoch_(parse_epoch(request.arguments)) {}

image::ImagePtr Session::run() {
  for (const std::string& warning : file_.warnings) report_.text(warning + "\n");
  // Known before anything is printed: how many steps there are.
  for (const Instruction& arg : file_.globals) globals_.declare(arg, file_.escape);
  plan_ = make_plan(file_, globals_, request_.target);
  Stage& target = file_.stages[plan_.stages.back().index];
  for (Instruction& label : label_instructions(request_.labels, file_.escape)) {
    target.instructions.push_back(std::move(label));
    ++plan_.steps;
  }
  for (const Instruction& arg : file_.globals) announce(arg.original);
  try {
    for (const PlannedStage& planned : plan_.stages) run_stage(planned);
  } catch (...) {
    save_cache();  // what went well counts, whatever came after it
    throw;
  }
  save_cache();
  return finish();
}

void Session::announce(std::string_view original) {
  report_.text(fmt::format("Step {}/{} : {}\n", ++step_, plan_.steps, original));
}

void Session::show_state(const StageState& stage) {
  const std::string id =
      stage.untouched ? stage.untouched->id.str() : oci::sha256_of(to_json(stage.image)).str();
  const bool nothing = !stage.untouched && stage.image.history.empty();
  report_.text(fmt::format(" ---> {}\n", nothing ? "" : short_id(id)));
}

void Session::run_stage(const PlannedStage& planned) {
  current_ = planned.index;
  announce(planned.stage->from.original);
  StageState stage = begin_stage(planned);
  show_state(stage);
  run_triggers(stage);
  for (const Instruction& instruction : planned.stage->instructions) {
    announce(instruction.original);
    run_instruction(stage, instruction);
    show_state(stage);
  }
  done_.emplace(planned.index, std::move(stage));
}

image::ImagePtr Session::base_image(const std::string& name, const std::string& platform) {
  image::ImagePtr found = request_.pull ? nullptr : store_.images.find(name);
  if (!found) found = worker_.pull(name, platform, stop_);
  if (!found->damage.empty()) found = store_.images.resolve(name);  // says what is wrong
  if (!platform.empty()) {
    const oci::Platform wanted = oci::parse_platform(platform);
    const oci::Platform have = found->config.platform();
    if (!oci::runs(wanted, have)) {
      fail(Kind::not_found,
           "image with reference {} was found but its platform ({}) does not match the specified "
           "platform ({})",
           name, oci::to_string(have), oci::to_string(wanted));
    }
  }
  if (found->chain && !store_.layers.hold(lease_, *found->chain)) {
    fail(Kind::not_found, "No such image: {}", name);
  }
  return found;
}

StageState Session::begin_stage(const PlannedStage& planned) {
  StageState stage(globals_);
  if (planned.base_stage) {
    stage = done_.at(*planned.base_stage);
    stage.cmd_set = false;
  } else if (lower(planned.base) == "scratch") {
    const oci::Platform platform = planned.platform.empty()
                                       ? request_.platform.value_or(oci::host_platform())
                                       : oci::parse_platform(planned.platform);
    stage.image.os = platform.os;
    stage.image.architecture = platform.architecture;
    if (request_.platform || !planned.platform.empty()) stage.image.variant = platform.variant;
    stage.history_key = Key("scratch").hex();
  } else {
    std::string platform = planned.platform;
    if (platform.empty() && request_.platform) platform = oci::to_string(*request_.platform);
    const image::ImagePtr base = base_image(planned.base, platform);
    stage.image = base->config;
    stage.chain = base->chain;
    stage.history_key = Key("image").add(base->id.str()).hex();
    stage.untouched = base;
    stage.image.parent.clear();
    stage.image.docker_version.clear();
    stage.image.comment.clear();
    stage.image.author.clear();
  }
  auto& env = stage.image.config.env;
  if (!find_variable(env, "PATH")) env.push_back("PATH=" + std::string(kDefaultPath));
  return stage;
}

void Session::run_triggers(StageState& stage) {
  const std::vector<std::string> triggers = std::exchange(stage.image.config.on_build, {});
  if (triggers.empty()) return;
  report_.text(fmt::format("# Executing {} build trigger{}\n", triggers.size(),
                           triggers.size() == 1 ? "" : "s"));
  for (const std::string& trigger : triggers) run_instruction(stage, parse_trigger(trigger));
  show_state(stage);
}

void Session::run_instruction(StageState& stage, const Instruction& instruction) {
  if (stop_.stop_requested()) fail(Kind::cancelled, "cancelled");
  const std::string& keyword = instruction.keyword;
  if (keyword == "RUN") return run_command(stage, instruction);
  if (keyword == "COPY" || keyword == "ADD") return copy(stage, instruction);
  if (keyword == "WORKDIR") return workdir(stage, instruction);
  run_metadata(stage, instruction);
}

// Failing here only costs time at the next build.
void Session::save_cache() {
  try {
    cache_.add(fresh_);
    fresh_.clear();
  } catch (const Error& error) {
    log::warn("build cache: {}", error.what());
  }
}

image::ImagePtr Session::finish() {
  const StageState& target = done_.at(plan_.stages.back().index);
  image::ImagePtr image = target.untouched;
  if (!image) {
    if (target.image.history.empty()) {
      fail(Kind::invalid, "No image was generated. Is your Dockerfile empty?");
    }
    image = store_.images.add(lease_, to_json(target.image));
  }
  const std::vector<std::string> unused = globals_.unused();
  if (!unused.empty()) {
    report_.text(fmt::format("[Warning] One or more build-args [{}] were not consumed\n",
                             fmt::join(unused, " ")));
  }
  return image;
}

image::ImagePtr build_image(const BuildRequest& request, image::Store& store, Cache& cache,
                            Worker& worker, Report& report, const std::stop_token& stop) {
  return Session(request, store, cache, worker, report, stop).run();
}

}  // namespace mydock::build
