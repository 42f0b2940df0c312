#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"
#include "runtime/init/run_init.h"
#include "runtime/task.h"

namespace mydock::runtime::init {

// A busybox root file system in a directory of its own, a spec with Docker's defaults, and the
// shim's part of starting it, without cgroups, log or daemon.
class InitContainer {
 public:
  InitContainer();
  ~InitContainer();
  InitContainer(const InitContainer&) = delete;
  InitContainer& operator=(const InitContainer&) = delete;

  fs::path rootfs() const { return directory_ / "rootfs"; }
  const fs::path& directory() const { return directory_; }
  void write(const std::string& path, const std::string& contents, mode_t mode = 0644) const;
  void link(const std::string& path, const std::string& target) const;

  struct Result {
    std::string output;  // stdout and stderr
    int code = -1;       // exit code, or 128 + signal
    std::string error;   // what init reported
    int error_number = 0;
    std::string kind;
    std::vector<std::string> warnings;
    bool created = false;
  };
  // Runs `script` with sh -c to its end.
  Result run(const std::string& script);
  // Runs spec.process as it is.
  Result run();
  // Starts `sleep`, runs `script` in it as an exec, and kills it.
  Result exec(const oci::Process& process, const std::string& user = "");

  oci::Spec spec;
  TaskOptions options;
  std::vector<CgroupHierarchy> cgroups;
  std::string cgroup_path;

 private:
  struct Started;
  Started start(Result& result);
  void follow(Started& started, Result& result, bool is_init) const;

  fs::path directory_;
};

// Without the root's mounts, devices and so on: what a spec without anything says.
oci::Spec docker_like_spec();

}  // namespace mydock::runtime::init
