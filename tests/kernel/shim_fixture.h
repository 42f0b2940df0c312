#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/mutex.h"
#include "runtime/cgroup.h"
#include "runtime/task.h"

namespace mydock::runtime {

// A bundle with busybox in it, run through a real shim under /mydock-test-shim.
class ShimTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    if (!fs::exists("/bin/busybox")) GTEST_SKIP() << "needs busybox-static";
    const char* bin = std::getenv("MYDOCK_BIN");
    program_ = bin != nullptr ? fs::path(bin) / "mydock-shim"
                              : fs::read_symlink("/proc/self/exe").parent_path() / "mydock-shim";
    if (!fs::exists(program_)) GTEST_SKIP() << "needs " << program_;
    id_ = "t" + random_hex(11);
    bundle_ = fs::path("/tmp") / ("mydock-shim-" + id_);
    for (const char* folder : {"rootfs/bin", "rootfs/proc", "rootfs/dev", "rootfs/tmp"}) {
      make_directories(bundle_ / folder, 0755);
    }
    fs::copy_file("/bin/busybox", bundle_ / "rootfs/bin/busybox");
    fs::create_symlink("busybox", bundle_ / "rootfs/bin/sh");
    spec_ = basic_spec();
    options_.log.driver = "json-file";
    options_.log.file.emplace().path = bundle_ / "log.json";
    options_.durable_exit = false;
    tasks_ = make_shim_tasks(program_);
  }

  void TearDown() override {
    if (bundle_.empty()) return;
    task_.reset();
    tasks_->clean(bundle_);
    EXPECT_FALSE(Cgroup::open(CgroupHost::detect(), group()).exists());
    remove_cgroup_parent(CgroupHost::detect(), "/mydock-test-shim");
    remove_tree(bundle_);
  }

  std::string group() const { return "/mydock-test-shim/" + id_; }

  oci::Spec basic_spec() const {
    oci::Spec spec;
    spec.process.emplace();
    spec.process->args = {"/bin/sh", "-c", "true"};
    spec.process->env = {"PATH=/bin"};
    spec.root.path = "rootfs";
    spec.mounts = {{.destination = "/proc",
                    .type = "proc",
                    .source = "proc",
                    .options = {},
                    .uid_mappings = {},
                    .gid_mappings = {}},
                   {.destination = "/dev",
                    .type = "tmpfs",
                    .source = "tmpfs",
                    .options = {"nosuid", "mode=755"},
                    .uid_mappings = {},
                    .gid_mappings = {}},
                   {.destination = "/dev/pts",
                    .type = "devpts",
                    .source = "devpts",
                    .options = {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"},
                    .uid_mappings = {},
                    .gid_mappings = {}}};
    for (const char* type : {"pid", "network", "ipc", "uts", "mount", "cgroup"}) {
      spec.linux.namespaces.push_back({.type = type, .path = {}});
    }
    spec.linux.cgroups_path = group();
    return spec;
  }

  void set_script(const std::string& script) { spec_.process->args = {"/bin/sh", "-c", script}; }

  TaskEvents events() {
    return {.on_oom = [this] { ++ooms_; },
            .on_exec_exit =
                [this](const std::string& id, int code) {
                  Lock lock(mutex_);
                  exec_exits_.emplace_back(id, code);
                  changed_.notify_all();
                },
            .on_detach = [this](const std::string&) { ++detaches_; }};
  }

  void create() {
    write_bundle(bundle_, spec_, options_);
    task_ = tasks_->create(bundle_, events(), {});
  }

  // Runs it to its end, without a client.
  Exit run() {
    create();
    task_->start();
    return wait();
  }

  Exit wait() {
    EXPECT_TRUE(wait_for(task_->exited(), POLLIN, {}, deadline_after(std::chrono::seconds(20))));
    const auto exit = tasks_->exit_record(bundle_);
    EXPECT_TRUE(exit.has_value());
    return exit.value_or(Exit{.code = -1});
  }

  // The exit code of an exec, once its event came.
  int wait_exec(const std::string& id) {
    Lock lock(mutex_);
    const auto deadline = deadline_after(std::chrono::seconds(20));
    for (;;) {
      for (const auto& [name, code] : exec_exits_) {
        if (name == id) return code;
      }
      if (!changed_.wait(mutex_, {}, deadline)) return -1;
    }
  }

  Fd attach(const Attach& what, const std::string& process = "") {
    auto [ours, theirs] = make_socketpair(SOCK_STREAM);
    task_->attach(process, what, std::move(theirs));
    return std::move(ours);
  }

  static std::string read_all(const Fd& socket) { return read_to_end(socket, 1U << 28); }

  // Docker's frames taken apart: the payloads of one stream.
  static std::string payload(const std::string& framed, int stream) {
    std::string text;
    for (std::size_t at = 0; at + 8 <= framed.size();) {
      const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(framed[at + i]));
      };
      const std::size_t size = byte(4) << 24U | byte(5) << 16U | byte(6) << 8U | byte(7);
      if (static_cast<int>(byte(0)) == stream) text += framed.substr(at + 8, size);
      at += 8 + size;
    }
    return text;
  }

  // Reads until `text` was seen.
  static std::string read_until(const Fd& socket, const std::string& text) {
    std::string got;
    const auto deadline = deadline_after(std::chrono::seconds(20));
    while (got.find(text) == std::string::npos && wait_for(socket, POLLIN, {}, deadline)) {
      char buffer[4096];
      const ssize_t n = ::read(socket.get(), buffer, sizeof(buffer));
      if (n <= 0) break;
      got.append(buffer, static_cast<std::size_t>(n));
    }
    return got;
  }

  std::string log_text() const { return read_file(options_.log.file->path); }

  fs::path program_;
  fs::path bundle_;
  std::string id_;
  oci::Spec spec_;
  TaskOptions options_;
  std::unique_ptr<Tasks> tasks_;
  std::unique_ptr<Task> task_;
  std::atomic<int> ooms_ = 0;
  std::atomic<int> detaches_ = 0;
  Mutex mutex_{Rank::leaf};
  Condition changed_;
  std::vector<std::pair<std::string, int>> exec_exits_ GUARDED_BY(mutex_);
};

}  // namespace mydock::runtime
