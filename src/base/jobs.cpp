#include "base/jobs.h"

#include <signal.h>

#include <deque>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"

namespace mydock {

struct Jobs::Pool {
  Mutex mutex{Rank::leaf};
  Condition changed;
  std::deque<std::pair<std::string, std::function<void()>>> queue GUARDED_BY(mutex);
  bool closing GUARDED_BY(mutex) = false;
  bool closed GUARDED_BY(mutex) = false;
  std::vector<std::thread> threads;

  void work();
};

void Jobs::Pool::work() {
  while (true) {
    std::pair<std::string, std::function<void()>> job;
    {
      const Lock lock(mutex);
      while (queue.empty() && !closing) changed.wait(mutex, {});
      if (queue.empty()) return;
      job = std::move(queue.front());
      queue.pop_front();
    }
    try {
      job.second();
    } catch (const std::exception& error) {
      log::error("{}: {}", job.first, error.what());
    }
  }
}

Jobs::Jobs(std::size_t threads) : pool_(std::make_unique<Pool>()) {
  // A signal that the program handles must not land on a thread that does not expect it.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  for (std::size_t i = 0; i < threads; ++i) pool_->threads.emplace_back([this] { pool_->work(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Jobs::~Jobs() { close(); }

void Jobs::close() {
  {
    const Lock lock(pool_->mutex);
    pool_->closing = true;
    pool_->changed.notify_all();
  }
  for (std::thread& thread : pool_->threads) thread.join();
  pool_->threads.clear();
  const Lock lock(pool_->mutex);
  pool_->closed = true;
}

void Jobs::run(std::string name, std::function<void()> job) {
  const Lock lock(pool_->mutex);
  if (pool_->closed) return;
  pool_->queue.emplace_back(std::move(name), std::move(job));
  pool_->changed.notify_all();
}

}  // namespace mydock
