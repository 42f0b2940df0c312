#include "build/plan.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "build/words.h"

namespace mydock::build {

namespace {

std::optional<std::size_t> as_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::size_t find_target(const Dockerfile& file, std::string_view target) {
  if (target.empty()) return file.stages.size() - 1;
  const auto found = find_stage(file, target, file.stages.size());
  if (!found) fail(Kind::invalid, "target stage \"{}\" could not be found", target);
  return *found;
}

PlannedStage planned(const Dockerfile& file, std::size_t index, const GlobalArguments& globals) {
  const Stage& stage = file.stages[index];
  PlannedStage made;
  made.stage = &stage;
  made.index = index;
  made.base = expand(stage.base, globals.variables(), file.escape);
  if (made.base.empty()) {
    fail(Kind::invalid, "base name ({}) should not be blank", stage.base);
  }
  made.platform = expand(stage.platform, globals.variables(), file.escape);
  // A number is an image's name here: only names of stages count.
  if (!as_number(made.base)) made.base_stage = find_stage(file, made.base, index);
  return made;
}

// The values of "from=" in RUN --mount.
std::string mount_source(std::string_view mount) {
  std::size_t at = 0;
  while (at <= mount.size()) {
    const auto end = std::min(mount.find(',', at), mount.size());
    const std::string_view field = mount.substr(at, end - at);
    if (lower(field.substr(0, 5)) == "from=") return std::string(field.substr(5));
    at = end + 1;
  }
  return {};
}

void add_needs(const Dockerfile& file, const PlannedStage& planned_stage,
               std::vector<bool>& needed) {
  const std::size_t index = planned_stage.index;
  const auto need = [&](std::string_view ref) {
    if (const auto found = find_stage(file, ref, index)) needed[*found] = true;
  };
  if (planned_stage.base_stage) needed[*planned_stage.base_stage] = true;
  for (const Instruction& one : planned_stage.stage->instructions) {
    if (const auto from = one.flag("from")) need(*from);
    for (const std::string& mount : one.flag_list("mount")) need(mount_source(mount));
  }
}

}  // namespace

std::optional<std::size_t> find_stage(const Dockerfile& file, std::string_view ref,
                                      std::size_t before) {
  const std::string name = lower(ref);
  if (name.empty()) return std::nullopt;
  for (std::size_t i = before; i-- > 0;) {
    if (file.stages[i].name == name) return i;
  }
  const auto number = as_number(ref);
  if (number && *number < before) return number;
  return std::nullopt;
}

Plan make_plan(const Dockerfile& file, const GlobalArguments& globals, std::string_view target) {
  const std::size_t last = find_target(file, target);
  std::vector<PlannedStage> all(last + 1);
  std::vector<bool> needed(last + 1);
  needed[last] = true;
  for (std::size_t i = last + 1; i-- > 0;) {  // a stage needs only earlier ones
    if (!needed[i]) continue;
    all[i] = planned(file, i, globals);
    add_needs(file, all[i], needed);
  }
  Plan plan;
  plan.steps = file.globals.size();
  for (PlannedStage& stage : all) {
    if (stage.stage == nullptr) continue;
    plan.steps += 1 + stage.stage->instructions.size();
    plan.stages.push_back(std::move(stage));
  }
  return plan;
}

}  // namespace mydock::build
