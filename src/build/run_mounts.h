#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/root.h"
#include "build/builder.h"
#include "build/mounts.h"
#include "build/worker.h"

namespace mydock::build {

// The --mount flags of one RUN: what they are known by in the cache, and, once it does run, what
// they show. Files that were made for them go with this.
class RunMounts {
 public:
  RunMounts(const BuildRequest& request, std::stop_token stop)
      : request_(request), stop_(std::move(stop)) {}
  RunMounts(const RunMounts&) = delete;
  RunMounts& operator=(const RunMounts&) = delete;
  ~RunMounts();

  // A stage's files, and the directory that holds them all, if it is one.
  struct Tree {
    Tree(std::string in, Root files) : directory(std::move(in)), root(std::move(files)) {}
    std::string directory;
    Root root;
  };
  // `tree`: of "from"; no value: the context. Errors: not_found "secret ID: not found", invalid.
  void add(const MountFlag& mount, const std::optional<Tree>& tree);
  // An executable file that only this RUN sees; returns its path there.
  std::string add_script(const std::string& name, const std::string& content);

  const std::vector<std::string>& key() const { return key_; }
  std::vector<StepMount> ready() const { return mounts_; }
  const std::vector<std::string>& secret_env() const { return env_; }

 private:
  void add_bind(const MountFlag& mount, const std::optional<Tree>& tree);
  void add_cache(const MountFlag& mount, const std::optional<Tree>& tree);
  void add_secret(const MountFlag& mount);
  fs::path new_file(std::string_view content, mode_t mode, std::uint32_t uid, std::uint32_t gid);
  fs::path copy_of(const Root& root, const std::string& path);

  const BuildRequest& request_;
  std::stop_token stop_;
  std::vector<StepMount> mounts_;
  std::vector<std::string> key_;
  std::vector<std::string> env_;
  std::vector<fs::path> made_;
  std::vector<Fd> locks_;  // of cache directories in use
};

// The places where a step's mounts are put, as far as the files below do not have them: a runtime
// makes them in the upper directory, and they are no part of the layer.
class MountPoints {
 public:
  MountPoints(const std::vector<StepMount>& mounts, const std::optional<Root>& lower);
  // Removes those that are there and empty.
  void clear(const fs::path& upper) const;

 private:
  std::vector<std::string> missing_;  // deepest first
};

}  // namespace mydock::build
