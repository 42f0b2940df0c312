// What the kernel asks for: one process that does per container what any engine must (cgroups,
// namespaces, overlay, mounts, masks, pivot_root, exec, reap) with nothing else around it.
//
//   floor ROOTFS WORK_DIR CGROUP_NAME COUNT    prints the medians in milliseconds
//
// ROOTFS holds /bin/true (busybox). Needs root. Everything that it makes it removes.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

void need(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  ::_exit(1);
}

void mount_or_die(const char* source, const char* target, const char* type, unsigned long flags,
                  const char* data) {
  need(::mount(source, target, type, flags, data) == 0, target);
}

// What every engine does besides: paths that are hidden, and paths that become read-only.
void protect_paths() {
  for (const char* path :
       {"proc/acpi", "proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats",
        "proc/sched_debug", "proc/scsi", "proc/timer_list", "sys/firmware"}) {
    struct stat status {};
    if (::stat(path, &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      mount_or_die("tmpfs", path, "tmpfs", MS_RDONLY, "size=0k");
    } else {
      mount_or_die("/dev/null", path, nullptr, MS_BIND, nullptr);
    }
  }
  for (const char* path : {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"}) {
    if (::mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) != 0) continue;
    mount_or_die(path, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr);
  }
}

// A process that moves itself does not make the kernel wait for a grace period.
void join(const std::vector<fs::path>& groups) {
  for (const fs::path& group : groups) {
    const bool v1 = fs::exists(group / "tasks");
    std::ofstream(group / (v1 ? "tasks" : "cgroup.procs")) << 0;
  }
}

[[noreturn]] void be_container(const std::string& lower, const std::string& dir, int gate,
                               const std::vector<fs::path>& groups) {
  join(groups);
  char go = 0;
  need(::read(gate, &go, 1) == 1, "gate");
  mount_or_die(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr);
  const std::string merged = dir + "/merged";
  const std::string data =
      "lowerdir=" + lower + ",upperdir=" + dir + "/upper,workdir=" + dir + "/work";
  mount_or_die("overlay", merged.c_str(), "overlay", 0, data.c_str());
  need(::chdir(merged.c_str()) == 0, "chdir");
  for (const char* name : {"proc", "dev", "sys"}) ::mkdir(name, 0755);
  mount_or_die("proc", "proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr);
  mount_or_die("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=65536k");
  for (const char* name : {"dev/pts", "dev/shm", "dev/mqueue"}) ::mkdir(name, 0755);
  mount_or_die("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
               "newinstance,ptmxmode=0666,mode=0620");
  mount_or_die("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV,
               "mode=1777,size=65536k");
  mount_or_die("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr);
  mount_or_die("sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, nullptr);
  protect_paths();
  need(::syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
  need(::umount2(".", MNT_DETACH) == 0, "detach");
  need(::chdir("/") == 0, "chdir /");
  need(::sethostname("floor", 5) == 0, "sethostname");
  char* const argv[] = {const_cast<char*>("true"), nullptr};
  char* const envp[] = {nullptr};
  ::execve("/bin/true", argv, envp);
  need(false, "execve");
  ::_exit(1);
}

std::vector<fs::path> make_cgroups(const std::string& name) {
  std::vector<fs::path> made;
  for (const auto& entry : fs::directory_iterator("/sys/fs/cgroup")) {
    const fs::path group = entry.path() / name;
    if (!entry.is_directory() || ::mkdir(group.c_str(), 0755) != 0) continue;
    if (entry.path().filename() == "cpuset") {
      for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
        std::ifstream from(entry.path() / file);
        std::string text;
        std::getline(from, text);
        std::ofstream(group / file) << text;
      }
    }
    made.push_back(group);
  }
  return made;
}

struct Times {
  double start = 0;  // begin to execve done
  double total = 0;  // begin to everything gone
};

double since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

Times one(const std::string& lower, const std::string& dir, const std::string& cgroup) {
  const auto begin = Clock::now();
  for (const char* name : {"/upper", "/work", "/merged"}) ::mkdir((dir + name).c_str(), 0755);
  const std::vector<fs::path> groups = make_cgroups(cgroup);
  int gate[2];
  int done[2];
  need(::pipe2(gate, O_CLOEXEC) == 0 && ::pipe2(done, O_CLOEXEC) == 0, "pipe");
  clone_args args{};
  args.flags =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  args.exit_signal = SIGCHLD;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  need(pid >= 0, "clone3");
  if (pid == 0) be_container(lower, dir, gate[0], groups);
  need(::write(gate[1], "g", 1) == 1, "gate");
  ::close(done[1]);
  char byte = 0;
  need(::read(done[0], &byte, 1) == 0, "exec");  // closed by execve
  Times times;
  times.start = since(begin);
  int status = 0;
  need(::waitpid(pid, &status, 0) == pid && status == 0, "wait");
  for (const fs::path& group : groups) ::rmdir(group.c_str());
  for (const char* name : {"/upper", "/work", "/merged"}) fs::remove_all(dir + name);
  ::close(gate[0]);
  ::close(gate[1]);
  ::close(done[0]);
  times.total = since(begin);
  return times;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: floor ROOTFS WORK_DIR CGROUP_NAME COUNT\n");
    return 2;
  }
  std::vector<double> starts;
  std::vector<double> totals;
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    const Times times = one(argv[1], argv[2], argv[3]);
    starts.push_back(times.start);
    totals.push_back(times.total);
  }
  std::printf("start %.2f total %.2f\n", median(starts), median(totals));
  return 0;
}
