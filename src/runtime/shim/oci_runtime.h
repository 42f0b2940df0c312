#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"
#include "runtime/shim/process_io.h"
#include "runtime/task.h"

namespace mydock::runtime::shim {

// The command line of an OCI runtime such as crun or runc, for one container. Each call runs the
// program and waits for its end; its processes become ours, since this one is a subreaper. What it
// says of a failure is thrown: system, "OCI runtime create failed: …".
class OciRuntime {
 public:
  // Errors: not_found (there is no such program).
  OciRuntime(const TaskOptions::Runtime& runtime, fs::path bundle);

  struct Started {
    pid_t pid = -1;
    Fd pidfd;
    Fd terminal;  // if the process has one
  };
  // The container up to its gate. A left-over of that name goes first.
  Started create(bool terminal, const ProcessIo::ChildEnds& stdio) const;
  void start() const;
  Started exec(const oci::Process& process, const ProcessIo::ChildEnds& stdio) const;
  // Kills what is left, and forgets the container. One that is not there is no error.
  void remove() const noexcept;

 private:
  Started launch(std::vector<std::string> words, std::vector<std::string> last, bool terminal,
                 const ProcessIo::ChildEnds& stdio) const;
  void run(const std::vector<std::string>& words, const ProcessIo::ChildEnds& stdio) const;

  fs::path program_;
  std::vector<std::string> arguments_;
  fs::path root_;
  fs::path bundle_;
  std::string id_;
};

// A name without "/" is looked for in the folders for programs. Errors: not_found.
fs::path find_runtime_program(const std::string& path);
// The last failure in a runtime's log of JSON lines; empty: there is none.
std::string failure_in_log(std::string_view log);

}  // namespace mydock::runtime::shim
