#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "api/container_stats.h"

namespace mydock::engine {

class Container;
class StatsSampler;
struct Parts;

struct StatsOptions {
  bool stream = true;     // a sample a second, until the container is removed
  bool one_shot = false;  // without `stream`: do not wait for a second sample to compare with
};

// What containers use. Nothing is read while nobody asks, and followers of one container share its
// samples, so the cost is one sample a container and second, however many they are.
class Stats {
 public:
  explicit Stats(Parts& parts);
  ~Stats();
  Stats(const Stats&) = delete;
  Stats& operator=(const Stats&) = delete;

  class Reader {
   public:
    Reader(Reader&&) noexcept;
    ~Reader();
    // Blocks. Of a container that does not run the samples are empty. Errors: cancelled, and those
    // of `use`.
    void run(const std::function<void(const api::ContainerStats&)>& use,
             const std::stop_token& stop);

   private:
    friend class Stats;
    Reader(std::shared_ptr<Container> container, std::shared_ptr<StatsSampler> sampler,
           const StatsOptions& options);
    void next(api::ContainerStats& sample);
    bool wait_a_second(const std::stop_token& stop);
    std::shared_ptr<Container> container_;
    std::shared_ptr<StatsSampler> sampler_;
    StatsOptions options_;
  };
  // Errors: not_found, so that the head can be sent before run().
  Reader prepare(std::string_view ref, const StatsOptions& options);

 private:
  struct Samplers;
  Parts& parts_;
  std::unique_ptr<Samplers> samplers_;
};

}  // namespace mydock::engine
