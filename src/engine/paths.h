#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock::engine {

// Every name below the data root and the exec root is built here.
struct Paths {
  fs::path data_root;
  fs::path exec_root;

  fs::path lock() const { return data_root / "lock"; }
  fs::path database() const { return data_root / "state.db"; }
  fs::path daemon_id() const { return data_root / "daemon-id"; }
  fs::path trash() const { return data_root / "trash"; }
  fs::path volumes() const { return data_root / "volumes"; }

  fs::path containers() const { return data_root / "containers"; }
  fs::path container(std::string_view id) const { return containers() / id; }
  fs::path hostname(std::string_view id) const { return container(id) / "hostname"; }
  fs::path hosts(std::string_view id) const { return container(id) / "hosts"; }
  fs::path resolv_conf(std::string_view id) const { return container(id) / "resolv.conf"; }
  fs::path log(std::string_view id) const {
    return container(id) / (std::string(id) + "-json.log");
  }
  fs::path local_log(std::string_view id) const {
    return container(id) / "local-logs" / "container.log";
  }
  fs::path cached_log(std::string_view id) const { return container(id) / "container-cached.log"; }
  fs::path bundle(std::string_view id) const { return exec_root / "containers" / id; }
  fs::path bundles() const { return exec_root / "containers"; }
  fs::path builds() const { return data_root / "build" / "work"; }
  fs::path build_cache() const { return data_root / "build" / "cache"; }
  fs::path runtime_state(std::string_view name) const { return exec_root / "runtimes" / name; }
  fs::path build_scratch() const { return exec_root / "build"; }  // on a tmpfs: secrets
  fs::path seccomp_programs() const { return exec_root / "seccomp"; }
};

}  // namespace mydock::engine
