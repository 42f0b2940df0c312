#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/arguments.h"
#include "build/builder.h"
#include "build/dockerfile.h"
#include "build/plan.h"
#include "oci/hasher.h"
#include "oci/image_config.h"

namespace mydock::build {

class RunMounts;

// A stage while it is built, and afterwards for those that use it.
struct StageState {
  explicit StageState(GlobalArguments& globals) : arguments(globals) {}
  oci::ImageConfig image;
  std::optional<oci::ChainId> chain;
  std::string history_key;  // of all that has led here
  StageArguments arguments;
  bool cmd_set = false;       // by this stage, not by its base
  image::ImagePtr untouched;  // the base image, as long as nothing was added to it
};

// Digest of parts, each with its length: what a step is known by.
class Key {
 public:
  explicit Key(std::string_view kind) { add(kind); }
  Key& add(std::string_view part);
  Key& add(const std::vector<std::string>& parts);
  std::string hex() const { return std::string(hasher_.digest().hex()); }

 private:
  oci::Hasher hasher_;
};

// One build at work: what its steps share.
class Session {
 public:
  Session(const BuildRequest& request, image::Store& store, Cache& cache, Worker& worker,
          Report& report, const std::stop_token& stop);
  image::ImagePtr run();

 private:
  // session.cpp
  void declare_globals();
  void run_stage(const PlannedStage& planned);
  StageState begin_stage(const PlannedStage& planned);
  void run_triggers(StageState& stage);
  void run_instruction(StageState& stage, const Instruction& instruction);
  image::ImagePtr finish();
  void announce(std::string_view original);
  void show_state(const StageState& stage);
  image::ImagePtr base_image(const std::string& name, const std::string& platform);
  void save_cache();
  Time step_time() const { return epoch_.value_or(now()); }

  // metadata.cpp: those that change only the config.
  void run_metadata(StageState& stage, const Instruction& instruction);
  void commit_metadata(StageState& stage, const std::string& comment);
  std::string expanded(const StageState& stage, std::string_view word) const;
  void env(StageState& stage, const Instruction& instruction);
  void label(StageState& stage, const Instruction& instruction);
  void arg(StageState& stage, const Instruction& instruction);
  void expose(StageState& stage, const Instruction& instruction);
  void command(StageState& stage, const Instruction& instruction);
  void healthcheck(StageState& stage, const Instruction& instruction);
  void volume(StageState& stage, const Instruction& instruction);

  // files.cpp: those that make a layer.
  void workdir(StageState& stage, const Instruction& instruction);
  void copy(StageState& stage, const Instruction& instruction);
  void copy_from(StageState& stage, const Instruction& instruction, const std::string& from,
                 const Root& source);
  void run_command(StageState& stage, const Instruction& instruction);
  struct Made {
    std::optional<oci::ChainId> chain;
    std::optional<oci::DiffId> diff;
    std::uint64_t bytes = 0;
  };
  // Fills a snapshot over the stage's files. Answers which paths it has changed; no value: all
  // that is in the upper directory is meant.
  using Changed = std::optional<std::vector<std::string>>;
  using Fill = std::function<Changed(const std::string& snapshot)>;
  void make_layer(StageState& stage, const std::string& key, const std::string& comment,
                  const Fill& fill);
  bool use_cached(StageState& stage, const std::string& key, const std::string& comment);
  void take_layer(StageState& stage, const std::string& key, const std::string& comment,
                  const Made& made, Time created);
  Made commit_snapshot(const StageState& stage, const std::string& snapshot, const Changed& changed,
                       bool& moved);

  // run.cpp
  RunStep make_step(const StageState& stage, const Instruction& instruction) const;
  void add_mounts(RunMounts& mounts, RunStep& step, const StageState& stage,
                  const Instruction& instruction);
  void run_step(const RunStep& step, const std::string& command);
  std::vector<std::string> command_line(const StageState& stage,
                                        const Instruction& instruction) const;
  // The layers (top first) of a stage before this one, or of an image.
  std::vector<std::string> layers_of(const std::string& ref);

  const BuildRequest& request_;
  image::Store& store_;
  Cache& cache_;
  Worker& worker_;
  Report& report_;
  std::stop_token stop_;
  Dockerfile file_;
  GlobalArguments globals_;
  Plan plan_;
  image::Lease lease_;
  std::map<std::size_t, StageState> done_;  // by index in the file
  std::size_t current_ = 0;                 // index of the stage at work
  std::size_t step_ = 0;
  std::optional<Time> epoch_;  // SOURCE_DATE_EPOCH
  std::vector<CacheEntry> fresh_;
};

// The words of a history entry: "/bin/sh -c #(nop)  ENV a=b".
std::string shell_prefix(const oci::ExecutionConfig& config);
// Absolute, clean, below "/".
std::string clean_path(std::string_view workdir, std::string_view path);

}  // namespace mydock::build
