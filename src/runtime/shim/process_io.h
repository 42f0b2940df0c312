#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "runtime/shim/attached.h"
#include "runtime/shim/log/log.h"
#include "runtime/shim/loop.h"

namespace mydock::runtime::shim {

// Standard input and output of one process: the shim's ends of its pipes or its terminal, the log,
// and the attached clients. Nobody slow holds the process up for longer than a second: a client
// that takes its output too slowly loses the connection instead.
class ProcessIo {
 public:
  struct Options {
    bool terminal = false;
    bool open_stdin = false;
    bool close_stdin_at_end = false;  // when a client's input ends; otherwise that client goes
    std::string detach_keys;
    Log* log = nullptr;  // outlives this
  };
  struct ChildEnds {
    Fd in;
    Fd out;
    Fd err;
  };

  ProcessIo(Loop& loop, Options options);

  // Without a terminal: the pipes, whose ends for the child belong to `owner` (a program may open
  // /dev/stdout anew). `discard`: /dev/null for output.
  ChildEnds make_pipes(uid_t owner, bool discard);
  void set_terminal(Fd master);
  void resize(std::uint32_t rows, std::uint32_t columns);
  void attach(const Attach& attach, Fd stream);
  void on_detach(std::function<void()> detached) { detached_ = std::move(detached); }

  // The process is gone. `drained` is called when all of its output was read and logged; after two
  // seconds even if somebody else holds the pipes, or the log does not take it.
  void drain(std::function<void()> drained);
  // Sends what is queued (bounded in time), closes the clients, then calls `closed`.
  void close_clients(std::function<void()> closed);

 private:
  struct Source {
    Fd fd;
    Stream stream = Stream::out;
    Loop::Watch watch;
  };

  void add_source(Fd fd, Stream stream);
  void on_source(Source& source, short events);
  bool read_source(Source& source);  // false: it ended
  void read_rest(Source& source);
  void deliver(Stream stream, std::string_view bytes);
  void close_source(Source& source);
  void client_event(Attached& client, Attached::Event event);
  void drop(Attached& client);
  void sweep_clients();
  void throttle();
  bool must_wait(const Attached& client) const;
  void on_log_change();
  bool log_is_idle() const { return options_.log == nullptr || options_.log->idle(); }
  void check_progress();
  void push_input();
  void end_input();
  void update_events();
  bool sources_open() const;
  void finish_drain();
  void drain_late();
  void close_late();
  void check_closed();

  Loop& loop_;
  Options options_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<Attached>> clients_;
  Fd stdin_;  // write end of the pipe
  Fd slave_;  // keeps the terminal from hanging up while the container has it closed
  Loop::Watch stdin_watch_;
  std::string input_;
  bool input_ends_ = false;
  bool throttled_ = false;
  int late_rounds_ = 0;
  Loop::Watch progress_timer_;
  Loop::Watch drain_timer_;
  Loop::Watch close_timer_;
  Loop::Watch sweep_timer_;
  std::function<void()> drained_;
  std::function<void()> closed_;
  std::function<void()> detached_;
  std::uint32_t rows_ = 0;
  std::uint32_t columns_ = 0;
};

}  // namespace mydock::runtime::shim
