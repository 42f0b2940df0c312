#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/container_results.h"
#include "api/exec.h"
#include "base/fd.h"

namespace mydock::engine {

class Container;
struct Exec;
struct Parts;

// Errors: not_found "No such exec instance: ID"; the container's state (conflict).
class Execs {
 public:
  explicit Execs(Parts& parts);
  ~Execs();
  Execs(const Execs&) = delete;
  Execs& operator=(const Execs&) = delete;

  api::IdAnswer create(std::string_view container_ref, const api::ExecCreate& request);

  // Start in two steps: prepare_start checks (conflict: it ran already) and claims it; the handler
  // sends the head, then run() takes the client's own socket. A Start that is never run gives the
  // claim back.
  class Start {
   public:
    Start(Start&&) noexcept;
    ~Start();
    bool terminal() const;  // of the start request: raw or framed
    // Returns once the process runs; its output goes from the shim to the socket. A failure to
    // start is written to the stream as Docker does, and is no error here.
    void run(Fd socket, std::string pending_input);
    // For Detach: errors are thrown.
    void run_detached();

   private:
    friend class Execs;
    Start(Parts& parts, std::shared_ptr<Exec> exec, const api::ExecStart& request);
    Parts* parts_;
    std::shared_ptr<Exec> exec_;
    api::ExecStart request_;
  };
  Start prepare_start(std::string_view id, const api::ExecStart& request);

  // Waits up to 10 s for the process to be there.
  void resize(std::string_view id, std::uint32_t rows, std::uint32_t columns,
              const std::stop_token& stop);
  api::ExecInspect inspect(std::string_view id) const;

  // For the daemon's own processes (health checks), in two steps, so that an end which comes before
  // run_internal() returns finds its ID known. `ended` is called once with the exit code, on a
  // thread that must not block; also when run_internal() throws.
  std::string create_internal(std::shared_ptr<Container> container, const api::ExecCreate& request,
                              std::function<void(int)> ended);
  // `stream` gets the output in frames, and is closed after the end.
  void run_internal(const std::string& id, Fd stream);

  // For the other nouns: the execs of a container that have not finished; none left: empty.
  std::vector<std::string> ids_of(std::string_view container_id) const;
  void finished(const std::string& exec_id, int code);
  // The container stopped (its processes are gone), or was removed.
  void container_stopped(std::string_view container_id);
  void forget_container(std::string_view container_id);

 private:
  struct Table;
  std::shared_ptr<Exec> get(std::string_view id) const;
  void add(const std::shared_ptr<Exec>& exec);
  Parts& parts_;
  std::unique_ptr<Table> table_;
};

}  // namespace mydock::engine
