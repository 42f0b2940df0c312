#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/root.h"
#include "engine/container/container.h"
#include "engine/parts.h"
#include "runtime/private_mounts.h"

namespace mydock::engine {

// A container's files as its processes see them. Of a running one: its own root, with all its
// mounts. Of a stopped one: its overlay, its volumes and binds, mounted where nobody sees them.
// While a stopped one is open for writing it does not start, and nobody else writes.
class ContainerRoot {
 public:
  enum class Access { read, write };
  // Blocks while the container starts or stops. Errors: cancelled, conflict (it is being removed),
  // system.
  static std::unique_ptr<ContainerRoot> open(Parts& parts,
                                             const std::shared_ptr<Container>& container,
                                             Access access, const std::stop_token& stop);
  // The root file system alone, without mounts, read-only.
  static std::unique_ptr<ContainerRoot> open_bare(Parts& parts, const Container& container);
  ~ContainerRoot();
  ContainerRoot(const ContainerRoot&) = delete;
  ContainerRoot& operator=(const ContainerRoot&) = delete;

  const Root& root() const { return *root_; }
  // The mount that a path without links lies in; nullptr: none, it is the root file system.
  const ContainerMount* mount_of(const std::string& path) const;
  // Errors: not_implemented, where a volume of another file system is not mounted now.
  void require_reachable(const std::string& path) const;

 private:
  ContainerRoot() = default;
  bool open_running(const Record& record, const runtime::Task& task);
  bool open_stopped(const Parts& parts, const Record& record, Access access);
  void keep_mounts();

  std::optional<runtime::PrivateMounts> stopped_;
  std::optional<Root> root_;
  std::vector<ContainerMount> mounts_;
  std::shared_ptr<Container> writing_;  // whose Live::files_writer is ours
  bool running_ = false;
};

}  // namespace mydock::engine
