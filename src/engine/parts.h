#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/jobs.h"
#include "base/reactor.h"
#include "engine/container/config/validate.h"
#include "engine/container/store.h"
#include "engine/container/table.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/execs.h"
#include "engine/paths.h"
#include "image/store.h"
#include "network/networks.h"
#include "runtime/task.h"
#include "volume/volumes.h"

namespace mydock::engine {

class SeccompPrograms;

// What the nouns share. Private to the engine; the daemon only passes it by.
struct Parts {
  const EngineOptions& options;
  const Paths& paths;
  const HostFacts& host;
  state::Database& database;
  image::Store& images;
  runtime::Tasks& tasks;
  network::Networks& networks;
  volume::Volumes& volumes;
  Reactor& reactor;
  Jobs& jobs;
  Events& events;
  Execs& execs;
  ContainerTable& table;
  ContainerStore& store;
  SeccompPrograms& seccomp;
  std::stop_token stopping;
};

}  // namespace mydock::engine
