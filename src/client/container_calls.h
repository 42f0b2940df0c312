#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/container_inspect.h"
#include "api/container_list.h"
#include "api/container_results.h"
#include "api/filters.h"
#include "client/session.h"

namespace mydock::client {

struct ContainerListQuery {
  bool all = false;
  std::int64_t limit = 0;  // 0: no limit
  bool size = false;
  api::Filters filters = {};
};
struct StopQuery {
  std::string signal = {};                   // empty: the container's own
  std::optional<std::int64_t> timeout = {};  // seconds; -1: for ever; no value: the container's own
};
struct RemoveQuery {
  bool volumes = false;
  bool force = false;
  bool link = false;
};
struct AttachQuery {
  bool stdin_open = false;
  bool stdout_open = false;
  bool stderr_open = false;
  bool stream = true;
  bool logs = false;
  std::string detach_keys = {};
};
struct LogsQuery {
  bool stdout_open = true;
  bool stderr_open = true;
  bool follow = false;
  bool timestamps = false;
  bool details = false;
  std::string since = {};  // Unix seconds
  std::string until = {};
  std::string tail = {};
  std::stop_token stop = {};
};
struct CommitQuery {
  std::string container = {};
  std::string repository = {};
  std::string tag = {};
  std::string comment = {};
  std::string author = {};
  bool pause = true;
  std::vector<std::string> changes = {};
};

// A wait that the daemon has registered already.
class Waiting {
 public:
  explicit Waiting(http::Response response) : response_(std::move(response)) {}
  api::ContainerWait finish();  // blocks

 private:
  http::Response response_;
};

// What the answer to an archive call says of the path. Errors: invalid.
api::PathStat path_stat(const http::Response& response);

class ContainerCalls {
 public:
  explicit ContainerCalls(Session& session) : session_(session) {}

  api::ContainerCreated create(std::string_view name, const api::ContainerCreate& create,
                               std::string_view platform = {});
  std::vector<api::ContainerSummary> list(const ContainerListQuery& query);
  api::ContainerInspect inspect(std::string_view ref);
  std::string inspect_json(std::string_view ref, bool size = false);  // as the daemon sent it
  void start(std::string_view ref, std::string_view detach_keys = {});
  bool stop(std::string_view ref, const StopQuery& query);  // false: it was not running
  void restart(std::string_view ref, const StopQuery& query);
  void kill(std::string_view ref, std::string_view signal);
  void pause(std::string_view ref);
  void unpause(std::string_view ref);
  void rename(std::string_view ref, std::string_view name);
  void remove(std::string_view ref, const RemoveQuery& query);
  api::ContainerUpdated update(std::string_view ref, const api::ContainerUpdate& update);
  api::ContainerTop top(std::string_view ref, std::string_view ps_args);
  std::vector<api::FileChange> changes(std::string_view ref);
  // Returns when the daemon waits: start the container only then. `condition`: not-running,
  // next-exit, removed.
  Waiting wait(std::string_view ref, std::string_view condition, std::stop_token stop = {});
  HijackedStream attach(std::string_view ref, const AttachQuery& query);
  void resize(std::string_view ref, std::uint32_t rows, std::uint32_t columns);
  http::Response logs(std::string_view ref, const LogsQuery& query);
  void clear_logs(std::string_view ref);  // mydock's own
  http::Response stats(std::string_view ref, bool stream, bool one_shot, std::stop_token stop = {});
  http::Response export_tar(std::string_view ref);
  api::PathStat stat_path(std::string_view ref, std::string_view path);
  http::Response get_archive(std::string_view ref, std::string_view path);
  // Beyond Docker: all that a pattern matches.
  http::Response get_matches(std::string_view ref, std::string_view pattern);
  void put_archive(std::string_view ref, std::string_view path, Source& tar, bool no_overwrite,
                   bool copy_owner);
  api::IdAnswer commit(const CommitQuery& query, const api::ContainerConfig& config = {});
  api::ContainersPruned prune(const api::Filters& filters);

 private:
  Session& session_;
};

}  // namespace mydock::client
