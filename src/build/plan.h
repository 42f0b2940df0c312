#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/arguments.h"
#include "build/dockerfile.h"

namespace mydock::build {

struct PlannedStage {
  const Stage* stage = nullptr;
  std::size_t index = 0;                  // in the file
  std::string base;                       // expanded; "scratch", an image's name
  std::optional<std::size_t> base_stage;  // index in the file: it stands on that stage
  std::string platform;                   // expanded
};

// The stages that the target needs, in the order of the file; the target is the last.
struct Plan {
  std::vector<PlannedStage> stages;
  std::size_t steps = 0;  // global ARGs, FROMs and instructions
};

// A stage by its name or number, among those before `before`. No value: an image's name.
std::optional<std::size_t> find_stage(const Dockerfile& file, std::string_view ref,
                                      std::size_t before);
// `target`: a stage's name or number; empty: the last one. Errors: invalid.
Plan make_plan(const Dockerfile& file, const GlobalArguments& globals, std::string_view target);

}  // namespace mydock::build
