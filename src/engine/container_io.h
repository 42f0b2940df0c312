#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/stream.h"

namespace mydock::engine {

class Container;
struct Parts;
struct ReadableLog;

struct AttachOptions {
  bool logs = false;    // first what was logged so far
  bool stream = false;  // then what comes
  bool stdin_open = false;
  bool stdout_open = false;
  bool stderr_open = false;
  std::string detach_keys;    // as the client sent them: "ctrl-p,ctrl-q"; empty: the default
  std::string pending_input;  // bytes that came after the request's head
};

struct LogsOptions {
  bool follow = false;
  bool stdout_open = false;
  bool stderr_open = false;
  std::optional<Time> since;
  std::optional<Time> until;
  bool timestamps = false;
  bool details = false;
  std::optional<std::uint64_t> tail;  // lines; no value: all
};

class ContainerIo {
 public:
  explicit ContainerIo(Parts& parts) : parts_(parts) {}

  // True: a terminal, so streams are raw; false: 8-byte frames.
  bool terminal(std::string_view ref) const;

  // An attach in two steps: prepare_attach checks (errors: not_found, conflict, invalid); then the
  // handler sends the answer's head itself; then run() takes the client's own socket.
  class Attachment {
   public:
    bool terminal() const { return terminal_; }
    // What the client sent together with its request: known only once the connection is taken.
    void add_input(std::string pending) { options_.pending_input = std::move(pending); }
    // Returns when the stream is handed over (the caller forgets the connection), or when a replay
    // without `stream` was sent. A container that has not started keeps the socket until it starts
    // or the client leaves.
    void run(Fd socket, const std::stop_token& stop);

   private:
    friend class ContainerIo;
    Parts* parts_ = nullptr;
    std::shared_ptr<Container> container_;
    AttachOptions options_;
    std::string keys_;
    bool terminal_ = false;
  };
  Attachment prepare_attach(std::string_view ref, const AttachOptions& options);

  // A log in two steps, for the same reason. Errors: not_found, conflict (dead), invalid (no stream
  // asked for), system ("configured logging driver does not support reading").
  class LogReader {
   public:
    bool terminal() const { return terminal_; }
    // Blocks until everything was written and, with follow, until the container ended. An error on
    // the way is written as a frame of type 3. Errors: cancelled, and those of `out`.
    void run(Sink& out, const std::stop_token& stop);

   private:
    friend class ContainerIo;
    Parts* parts_ = nullptr;
    std::shared_ptr<Container> container_;
    std::shared_ptr<const ReadableLog> log_;
    LogsOptions options_;
    bool terminal_ = false;
  };
  LogReader prepare_logs(std::string_view ref, const LogsOptions& options);
  // Empties the log, also while it is written and followed. Not in Docker. Errors: not_found,
  // conflict (dead), system (a driver whose log is not here).
  void clear_logs(std::string_view ref);

 private:
  Parts& parts_;
};

}  // namespace mydock::engine
