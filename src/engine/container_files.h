#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/container_config.h"
#include "api/container_results.h"
#include "base/stream.h"

namespace mydock::engine {

class ContainerRoot;
struct Parts;

struct PutOptions {
  bool keep_kinds = false;  // a directory never replaces something else, nor the reverse
  bool copy_owner = false;  // everything belongs to the container's user
};

struct CommitOptions {
  std::string container;
  std::string repository;  // empty: no name
  std::string tag;
  std::string comment;
  std::string author;
  bool pause = true;
  std::vector<std::string> changes;  // Dockerfile instructions
  api::ContainerConfig config;       // what the container's own is merged into
};

// The files of containers, running or not: docker cp, export and commit. A path is resolved inside
// the container, with its volumes and binds (those of a tmpfs only while it runs); links are
// followed, but never out. Errors of every verb: not_found (no such container, or "Could not find
// the file PATH in container REF").
class ContainerFiles {
 public:
  explicit ContainerFiles(Parts& parts) : parts_(parts) {}

  // The last part of the path is not followed, unless a slash comes after it.
  api::PathStat stat(std::string_view ref, std::string_view path);

  // A path as a tar, in two steps: what prepare_archive() found can be told before run().
  class Archive {
   public:
    Archive(Archive&&) noexcept;
    ~Archive();
    const api::PathStat& stat() const { return stat_; }
    // Errors: system, cancelled, what `out` throws.
    void run(Sink& out, const std::stop_token& stop);

   private:
    friend class ContainerFiles;
    Archive();
    std::unique_ptr<ContainerRoot> root_;
    std::vector<std::string> paths_;
    api::PathStat stat_;
  };
  Archive prepare_archive(std::string_view ref, std::string_view path);
  // Everything that a shell's pattern ("/var/log/*.log") matches, each named by its last part.
  // Beyond Docker. Errors: not_found (nothing matches), invalid (two have one name).
  Archive prepare_matches(std::string_view ref, std::string_view pattern);

  // Unpacks a tar, compressed or not, into a directory that is there. Errors: invalid (no
  // directory, a bad archive, what is read-only).
  void put(std::string_view ref, std::string_view path, Source& tar, const PutOptions& options,
           const std::stop_token& stop);

  // The whole root file system, without what is mounted in it.
  class Export {
   public:
    Export(Export&&) noexcept;
    ~Export();
    void run(Sink& out, const std::stop_token& stop);

   private:
    friend class ContainerFiles;
    explicit Export(std::unique_ptr<ContainerRoot> root);
    std::unique_ptr<ContainerRoot> root_;
  };
  Export prepare_export(std::string_view ref);

  // A new image of the container's image and what changed. Returns its ID. Errors: invalid.
  std::string commit(const CommitOptions& options, const std::stop_token& stop);

 private:
  Parts& parts_;
};

}  // namespace mydock::engine
