#include "daemon/serve.h"

#include <signal.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "daemon/dispatch.h"
#include "daemon/listeners.h"
#include "daemon/log_writer.h"
#include "daemon/pid_file.h"
#include "daemon/wiring.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/system.h"
#include "http/server.h"

namespace mydock::daemon {

namespace {

// Threads inherit the mask, so that only the main thread ever sees these signals.
sigset_t block_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

// Only the log level is taken over while running; the rest waits for the next start.
void reload(engine::Engine& engine, int argc, const char* const* argv) {
  try {
    std::optional<std::string> help;
    const Config config = load_config(argc, argv, help);
    set_log_writer(level_of(config));
    log::info("configuration reloaded");
    const api::Info info = engine.system().info();
    engine.events().publish("daemon", "reload", info.id,
                            {{"name", info.name}, {"debug", config.debug ? "true" : "false"}});
  } catch (const Error& error) {
    log::error("configuration not reloaded: {}", error.what());
  }
}

void wait_for_end(const sigset_t& signals, engine::Engine& engine, int argc,
                  const char* const* argv) {
  while (true) {
    int number = 0;
    if (::sigwait(&signals, &number) != 0) continue;
    if (number != SIGHUP) {
      log::info("stopping: signal {}", number);
      return;
    }
    reload(engine, argc, argv);
  }
}

}  // namespace

int serve(const Config& config, int argc, const char* const* argv) {
  const sigset_t signals = block_signals();
  ::umask(077);
  set_log_writer(level_of(config));
  for (const std::string& warning : config.warnings) log::warn("{}", warning);
  make_directories(config.exec_root, 0711);
  const PidFile pid_file(config.pidfile);
  engine::Engine engine(engine_options(config));
  const Dispatch dispatch(engine);
  http::Server server([&dispatch](http::Request& request, http::Responder& respond) {
    dispatch(request, respond);
  });
  for (const std::string& host : config.hosts) {
    for (Fd& socket : open_listeners(host, config.group)) server.listen(std::move(socket));
    log::info("API listen on {}", host);
  }
  wait_for_end(signals, engine, argc, argv);
  engine.shut_down();
  server.stop();
  for (const std::string& host : config.hosts) {
    if (host.starts_with("unix://")) ::unlink(host.c_str() + 7);
  }
  return 0;
}

}  // namespace mydock::daemon
