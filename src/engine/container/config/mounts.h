#pragma once

#include <vector>

#include "engine/container/record.h"
#include "engine/parts.h"

namespace mydock::engine {

// The mounts of a new container and the volumes that were made for it. Destroyed without keep(), it
// removes the anonymous ones again.
class MountPlan {
 public:
  // Binds, Mounts, VolumesFrom, Volumes and Tmpfs, resolved; named volumes that are not there are
  // made. Errors: invalid, not_found, conflict, in Docker's words.
  MountPlan(Parts& parts, const api::ContainerConfig& config, const api::HostConfig& host);
  ~MountPlan();
  MountPlan(const MountPlan&) = delete;
  MountPlan& operator=(const MountPlan&) = delete;

  const std::vector<ContainerMount>& mounts() const { return mounts_; }
  // Fills volumes that are empty with what the image holds there.
  void copy_up(const std::vector<std::string>& layers) const;
  void keep() { kept_ = true; }

 private:
  void add_explicit(const api::HostConfig& host);
  void add_views(const api::HostConfig& host);
  void add_from(const std::string& text);
  void add_anonymous(const api::ContainerConfig& config, const std::string& driver);
  void add_tmpfs(const api::HostConfig& host);
  void use_volume(ContainerMount& mount, const volume::VolumeSpec& wanted);
  bool taken(std::string_view target) const;

  Parts& parts_;
  std::vector<ContainerMount> mounts_;
  std::vector<volume::Volumes::Hold> holds_;
  std::vector<std::string> made_;  // anonymous volumes of this plan
  bool kept_ = false;
};

}  // namespace mydock::engine
