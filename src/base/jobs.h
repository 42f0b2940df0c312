#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace mydock {

// A few threads that run what may block: unpack, exits, restarts, probes, prune. A job does not
// wait for another job. An Error that leaves a job is logged under the job's name.
class Jobs {
 public:
  explicit Jobs(std::size_t threads);
  ~Jobs();  // closes
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  void run(std::string name, std::function<void()> job);  // nothing, once closed
  // Runs what is queued, then joins the threads. Who may still call run() keeps the object.
  void close();

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace mydock
