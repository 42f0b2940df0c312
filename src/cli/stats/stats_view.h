#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "api/container_stats.h"
#include "cli/format/value.h"
#include "client/api_client.h"

namespace mydock::cli {

// The newest sample of each of several containers; a thread and a connection for each.
class StatsView {
 public:
  // Connects as `like` is connected. `stream` false: one sample each.
  StatsView(client::ApiClient& like, bool stream);
  ~StatsView();
  StatsView(const StatsView&) = delete;
  StatsView& operator=(const StatsView&) = delete;

  // Once for one `ref`: what is followed already stays.
  void follow(const std::string& ref);
  void forget(const std::string& ref);
  // Blocks until each container has a sample or an error. Errors: the first that a container had.
  void wait_for_first();
  // False: the streams of all have ended.
  bool any_left();
  std::vector<Value> rows(bool truncate);

 private:
  struct Followed {
    std::string ref;
    std::optional<api::ContainerStats> sample;
    std::optional<Error> error;
    bool ended = false;
    std::jthread thread;
  };
  void run(Followed& followed, const std::stop_token& stop);
  void read(Followed& followed, const std::stop_token& stop);

  const std::string host_;
  const api::ApiVersion version_;
  const bool stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Followed>> all_;
};

}  // namespace mydock::cli
