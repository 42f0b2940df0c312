#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/root.h"
#include "base/stream.h"
#include "image/image.h"
#include "image/snapshots.h"

namespace mydock::build {

// Something that one RUN sees beside its root file system.
struct StepMount {
  enum class Kind { bind, tmpfs };
  Kind kind = Kind::bind;
  std::string source;  // bind: a path on the host
  std::string target;  // absolute
  bool read_only = true;
  std::int64_t size = 0;  // tmpfs, in bytes; 0: no limit
};

struct RunStep {
  std::string snapshot;  // key of an active snapshot; 64 hex digits, the task's id too
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string user;
  std::string cwd;
  std::string network;  // none, host; empty: the build's
  std::vector<StepMount> mounts;
};

// Where a step's output goes.
class Output {
 public:
  enum class Stream { out, error };
  virtual ~Output() = default;
  virtual void write(Stream stream, std::string_view text) = 0;
};

// Seam: what a build needs of an engine.
class Worker {
 public:
  virtual ~Worker() = default;
  // Runs one step, isolated as a container is. Returns the exit status. When `stop` is asked for
  // the processes are killed first. Nothing of it is left afterwards but what it wrote.
  virtual int run(const RunStep& step, Output& output, const std::stop_token& stop) = 0;
  // Gets an image that is not here, or, with `pull`, a newer one. Errors: not_found, ….
  virtual image::ImagePtr pull(std::string_view name, std::string_view platform,
                               const std::stop_token& stop) = 0;
  // Layers (top first) as one tree that only its descriptor holds.
  virtual Root open_layers(const std::vector<std::string>& layers) = 0;
  virtual Root open_writable(const image::OverlayMount& overlay) = 0;
  // The absolute paths that the upper directory changes, without the mount points that every
  // container gets.
  virtual std::vector<std::string> changes(const image::OverlayMount& overlay) = 0;
};

}  // namespace mydock::build
