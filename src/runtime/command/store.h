#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/json.h"
#include "oci/runtime_spec.h"
#include "runtime/cgroup.h"
#include "runtime/task.h"

namespace mydock::runtime::command {

// What is kept of a container in ROOT/ID/state.json. Its status is never kept, but looked at.
struct Record {
  std::string id;
  int pid = 0;
  std::uint64_t start_time = 0;  // with the pid: init, and nobody else
  std::string bundle;
  std::string config;  // its config.json, elsewhere than in the bundle; empty: there
  std::string cgroup;
  Time created{};

  fs::path config_path() const;
};
template <class V>
void fields(V& v, Of<Record> auto& r) {
  v("id", r.id);
  v("pid", r.pid);
  v("startTime", r.start_time);
  v("bundle", r.bundle);
  v.omit_empty("config", r.config);
  v("cgroup", r.cgroup);
  v("created", r.created);
}

inline constexpr std::string_view kGateName = "gate.sock";

class Store {
 public:
  explicit Store(fs::path root) : root_(std::move(root)) {}

  // Reserves the id. Errors: invalid (id), conflict (taken).
  fs::path make(const std::string& id) const;
  void save(const Record& record) const;
  Record get(const std::string& id) const;  // not_found
  std::vector<Record> list() const;
  void remove(const std::string& id) const;
  fs::path directory(const std::string& id) const { return root_ / id; }
  Status status(const Record& record) const;

 private:
  fs::path root_;
};

std::string_view word_of(Status status);
// Errors: system, invalid.
oci::Spec read_spec(const Record& record);
Cgroup open_cgroup(const Record& record);
// Errors: conflict "container is not running".
Fd open_init(const Record& record);

}  // namespace mydock::runtime::command
