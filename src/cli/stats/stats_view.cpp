#include "cli/stats/stats_view.h"

#include <algorithm>

#include "api/json_stream.h"
#include "base/error.h"
#include "cli/listing/stats.h"

namespace mydock::cli {

StatsView::StatsView(client::ApiClient& like, bool stream)
    : host_(like.host()), version_(like.session().version()), stream_(stream) {}

StatsView::~StatsView() {
  for (const auto& followed : all_) followed->thread.request_stop();
}

void StatsView::follow(const std::string& ref) {
  const std::lock_guard lock(mutex_);
  const auto same = [&](const auto& followed) { return followed->ref == ref; };
  if (std::any_of(all_.begin(), all_.end(), same)) return;
  Followed& added = *all_.emplace_back(std::make_unique<Followed>());
  added.ref = ref;
  added.thread = std::jthread([this, &added](const std::stop_token& stop) { run(added, stop); });
}

void StatsView::forget(const std::string& ref) {
  std::unique_ptr<Followed> gone;  // its thread is joined outside the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(all_.begin(), all_.end(),
                                  [&](const auto& followed) { return followed->ref == ref; });
  if (found == all_.end()) return;
  gone = std::move(*found);
  all_.erase(found);
}

void StatsView::run(Followed& followed, const std::stop_token& stop) {
  std::optional<Error> problem;
  try {
    read(followed, stop);
  } catch (const Error& error) {  // told to who waits
    problem = error;
  }
  const std::lock_guard lock(mutex_);
  followed.error = std::move(problem);
  followed.ended = true;
  changed_.notify_all();
}

void StatsView::read(Followed& followed, const std::stop_token& stop) {
  client::ApiClient api(host_);  // a session is one thread's
  api.session().set_version(version_);
  http::Response response = api.containers().stats(followed.ref, stream_, false, stop);
  api::JsonLines lines(response.body());
  while (const auto line = lines.next()) {
    auto sample = from_json<api::ContainerStats>(*line);
    const std::lock_guard lock(mutex_);
    followed.sample = std::move(sample);
    changed_.notify_all();
  }
}

void StatsView::wait_for_first() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return std::all_of(all_.begin(), all_.end(),
                       [](const auto& followed) { return followed->sample || followed->ended; });
  });
  for (const auto& followed : all_) {
    if (!followed->sample && followed->error) throw Error(*followed->error);
  }
}

bool StatsView::any_left() {
  const std::lock_guard lock(mutex_);
  return std::any_of(all_.begin(), all_.end(),
                     [](const auto& followed) { return !followed->ended; });
}

std::vector<Value> StatsView::rows(bool truncate) {
  const std::lock_guard lock(mutex_);
  std::vector<Value> rows;
  for (const auto& followed : all_) {
    const bool known = followed->sample && (!stream_ || !followed->ended);
    rows.push_back(stats_row(followed->ref, known ? &*followed->sample : nullptr, truncate));
  }
  return rows;
}

}  // namespace mydock::cli
