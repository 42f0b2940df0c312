#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/container.h"
#include "api/container_inspect.h"
#include "api/container_list.h"
#include "api/container_results.h"
#include "api/filters.h"

namespace mydock::engine {

class Container;
struct Parts;

struct StopOptions {
  std::optional<std::string> signal;
  std::optional<std::chrono::seconds> timeout;  // negative: wait for ever
};

struct RemoveOptions {
  bool force = false;
  bool volumes = false;  // anonymous ones too
  bool link = false;
};

struct ListOptions {
  bool all = false;
  int limit = 0;  // > 0: the newest, of any state
  bool size = false;
  api::Filters filters;
};

// Something that happens to a container, watched from before the answer's head is sent. Waits are
// ended by the container, by a stop, or by destroying it.
class Waiter {
 public:
  Waiter(Waiter&&) noexcept;
  ~Waiter();
  // Blocks. Errors: cancelled.
  api::ContainerWait wait(const std::stop_token& stop);

 private:
  friend class Containers;
  struct Pending;
  explicit Waiter(std::unique_ptr<Pending> pending);
  std::unique_ptr<Pending> pending_;
};

// `ref` is a full ID, a name, or a unique prefix of an ID. Errors of every verb: not_found "No such
// container: REF"; invalid, when several IDs begin so. States and their errors: the table in
// container/state.cpp.
class Containers {
 public:
  explicit Containers(Parts& parts);
  ~Containers();
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;

  // Durable on return, unless AutoRemove. Errors: not_found (image, network), conflict (name),
  // invalid (see validate.cpp).
  api::ContainerCreated create(std::string_view name, std::string_view platform,
                               const api::ContainerCreate& request);
  // False: it runs already. What was begun for a failed start is undone, and an AutoRemove
  // container removed.
  bool start(std::string_view ref, const std::stop_token& stop);
  // Sends the stop signal and, after the timeout, SIGKILL. Blocks until the container is gone. No
  // timeout: the container's own, else 10 s. False: it was not running. Pass the engine's token: it
  // goes on when the client hangs up.
  bool stop(std::string_view ref, const StopOptions& options, const std::stop_token& stop);
  void restart(std::string_view ref, const StopOptions& options, const std::stop_token& stop);
  // `signal`: a name with or without SIG, or a number; empty: KILL, which waits for the exit.
  void kill(std::string_view ref, std::string_view signal, const std::stop_token& stop);
  // passing: a daemon that is killed meanwhile lets the container go on at its next start.
  enum class Pausing { lasting, passing };
  void pause(std::string_view ref, Pausing pausing = Pausing::lasting);
  void unpause(std::string_view ref);
  void resize(std::string_view ref, std::uint32_t rows, std::uint32_t columns);
  void remove(std::string_view ref, const RemoveOptions& options, const std::stop_token& stop);
  void rename(std::string_view ref, std::string_view new_name);
  api::ContainerUpdated update(std::string_view ref, const api::ContainerUpdate& request);
  // `condition`: not-running (also ""), next-exit, removed. Send the head, then wait().
  Waiter prepare_wait(std::string_view ref, std::string_view condition);

  api::ContainerInspect inspect(std::string_view ref, bool size) const;
  std::vector<api::ContainerSummary> list(const ListOptions& options) const;
  api::ContainerTop top(std::string_view ref, std::string_view ps_args) const;
  std::vector<api::FileChange> changes(std::string_view ref) const;
  api::ContainersPruned prune(const api::Filters& filters, const std::stop_token& stop);

  // Errors: not_found, invalid. For the engine's other nouns.
  std::shared_ptr<Container> get(std::string_view ref) const;
  std::vector<std::shared_ptr<Container>> all() const;

 private:
  Parts& parts_;
};

}  // namespace mydock::engine
