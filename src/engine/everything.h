#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "engine/builds.h"
#include "engine/container/spec/seccomp_programs.h"
#include "engine/container_files.h"
#include "engine/container_io.h"
#include "engine/containers.h"
#include "engine/images.h"
#include "engine/networks.h"
#include "engine/parts.h"
#include "engine/registries.h"
#include "engine/stats.h"
#include "engine/system.h"
#include "engine/volumes.h"

namespace mydock::engine {

// The objects of one engine, in the order in which they need each other.
struct Engine::Everything {
  explicit Everything(EngineOptions given);
  ~Everything();
  Everything(const Everything&) = delete;
  Everything& operator=(const Everything&) = delete;

  EngineOptions options;
  Paths paths;
  Fd root_lock;
  HostFacts host;
  std::stop_source stopping;
  state::Database database;
  Jobs jobs;  // outlives the reactor, whose callbacks ask for jobs
  Reactor reactor;
  std::mutex journal_mutex;
  Reactor::Watch journal_timer;
  image::Store image_store;
  std::unique_ptr<network::Kernel> kernel;
  network::Networks network_store;
  volume::Volumes volume_store;
  std::shared_ptr<runtime::Tasks> tasks;
  Events events;
  ContainerTable table;
  ContainerStore store;
  SeccompPrograms seccomp;
  Execs execs;
  Parts parts;
  Containers containers;
  ContainerIo io;
  Images images;
  Registries registries;
  Builds builds;
  Networks networks;
  Volumes volumes;
  System system;
  Stats stats;
  ContainerFiles files;

 private:
  void write_journal_soon();
  void let_go_of_all();
};

}  // namespace mydock::engine
