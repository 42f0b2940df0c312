#include "runtime/command/store.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

namespace mydock::runtime::command {

namespace {

void check_id(const std::string& id) {
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '+';
  });
  if (id.empty() || id.size() > 255 || !plain || id == "." || id == "..") {
    fail(Kind::invalid, "invalid container id {}", json_quote(id));
  }
}

bool is_zombie(int pid) {
  const auto stat = find_file(fs::path("/proc") / std::to_string(pid) / "stat");
  if (!stat) return true;
  const std::size_t end = stat->rfind(") ");
  return end == std::string::npos || (*stat)[end + 2] == 'Z' || (*stat)[end + 2] == 'X';
}

bool is_alive(const Record& record) {
  return process_start_time(record.pid) == record.start_time && !is_zombie(record.pid);
}

}  // namespace

fs::path Store::make(const std::string& id) const {
  check_id(id);
  make_directories(root_, 0700);
  const fs::path directory = root_ / id;
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) fail(Kind::conflict, "container {} exists already", id);
    fail_errno("make {}", directory.native());
  }
  return directory;
}

void Store::save(const Record& record) const {
  write_file_atomically(directory(record.id) / "state.json", to_json(record), 0600,
                        Durability::renamed);
}

Record Store::get(const std::string& id) const {
  check_id(id);
  const auto text = find_file(directory(id) / "state.json");
  if (!text) fail(Kind::not_found, "container {} does not exist", id);
  return from_json<Record>(*text);
}

std::vector<Record> Store::list() const {
  std::vector<Record> all;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root_, ignored)) {
    if (const auto text = find_file(entry.path() / "state.json")) {
      all.push_back(from_json<Record>(*text));
    }
  }
  return all;
}

void Store::remove(const std::string& id) const {
  check_id(id);
  remove_tree(directory(id));
}

Status Store::status(const Record& record) const {
  if (!is_alive(record)) return Status::stopped;
  if (fs::exists(directory(record.id) / kGateName)) return Status::created;
  return open_cgroup(record).frozen() ? Status::paused : Status::running;
}

std::string_view word_of(Status status) {
  switch (status) {
    case Status::creating:
      return "creating";
    case Status::created:
      return "created";
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::stopped:
      break;
  }
  return "stopped";
}

fs::path Record::config_path() const {
  return config.empty() ? fs::path(bundle) / "config.json" : fs::path(config);
}

oci::Spec read_spec(const Record& record) {
  return oci::parse_spec(read_file(record.config_path()));
}

Cgroup open_cgroup(const Record& record) {
  return Cgroup::open(CgroupHost::detect(), record.cgroup);
}

Fd open_init(const Record& record) {
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, record.pid, 0)));
  // Looked at after the open: what the descriptor names cannot change any more.
  if (!pidfd || !is_alive(record)) fail(Kind::conflict, "container {} is not running", record.id);
  return pidfd;
}

}  // namespace mydock::runtime::command
