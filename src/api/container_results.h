#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct ContainerTop {
  Strings titles;
  std::vector<Strings> processes;
  bool operator==(const ContainerTop&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerTop> auto& s) {
  v("Titles", s.titles);
  v("Processes", s.processes);
}

struct WaitError {
  std::string message;
  bool operator==(const WaitError&) const = default;
};
template <class V>
void fields(V& v, Of<WaitError> auto& s) {
  v("Message", s.message);
}

struct ContainerWait {
  std::int64_t status_code = 0;
  std::optional<WaitError> error;
  bool operator==(const ContainerWait&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerWait> auto& s) {
  v("StatusCode", s.status_code);
  v.omit_empty("Error", s.error);
}

// GET …/changes answers a list of these, or null for none.
struct FileChange {
  std::string path;
  std::int64_t kind = 0;  // 0 modified, 1 added, 2 deleted
  bool operator==(const FileChange&) const = default;
};
template <class V>
void fields(V& v, Of<FileChange> auto& s) {
  v("Path", s.path);
  v("Kind", s.kind);
}

// Answer of commit and of exec create.
struct IdAnswer {
  std::string id;
  bool operator==(const IdAnswer&) const = default;
};
template <class V>
void fields(V& v, Of<IdAnswer> auto& s) {
  v("Id", s.id);
}

struct ContainersPruned {
  std::optional<Strings> containers_deleted;
  std::int64_t space_reclaimed = 0;
  bool operator==(const ContainersPruned&) const = default;
};
template <class V>
void fields(V& v, Of<ContainersPruned> auto& s) {
  v("ContainersDeleted", s.containers_deleted);
  v("SpaceReclaimed", s.space_reclaimed);
}

// X-Docker-Container-Path-Stat, before base64. `mode` is Go's FileMode, not st_mode.
struct PathStat {
  std::string name;
  std::int64_t size = 0;
  std::uint32_t mode = 0;
  Time mtime{};
  std::string link_target;
  bool operator==(const PathStat&) const = default;
};
template <class V>
void fields(V& v, Of<PathStat> auto& s) {
  v("name", s.name);
  v("size", s.size);
  v("mode", s.mode);
  v("mtime", s.mtime);
  v("linkTarget", s.link_target);
}

}  // namespace mydock::api
