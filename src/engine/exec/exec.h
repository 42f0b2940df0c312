#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/exec.h"
#include "base/mutex.h"
#include "engine/container/container.h"
#include "engine/events.h"

namespace mydock::engine {

enum class ExecPhase { created, starting, running, finished };

// An added process of a container, from exec create until some minutes after its end.
struct Exec {
  Exec(std::string exec_id, std::shared_ptr<Container> its_container, api::ExecCreate asked)
      : id(std::move(exec_id)), container(std::move(its_container)), config(std::move(asked)) {}

  const std::string id;
  const std::shared_ptr<Container> container;
  const api::ExecCreate config;
  std::string detach_keys;          // bytes
  std::function<void(int)> on_end;  // of the daemon's own ones; set before it is known to others

  Mutex mutex{Rank::leaf};
  Condition changed;
  ExecPhase phase GUARDED_BY(mutex) = ExecPhase::created;
  std::int64_t pid GUARDED_BY(mutex) = 0;
  std::optional<int> exit_code GUARDED_BY(mutex);
  std::chrono::steady_clock::time_point ended GUARDED_BY(mutex){};

  // False: it had ended already.
  bool finish(int code);
};

// Events of the daemon's own processes are told, but not kept.
Events::Keep keep_of(const Exec& exec);
// The command as events show it: "sh -c exit 3".
std::string command_text(const Exec& exec);

}  // namespace mydock::engine
