#include "engine/events.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "state/database.h"

namespace mydock::engine {
namespace {

std::vector<std::string> replay(Events& events, api::Filters filters = {}) {
  std::vector<std::string> list;
  auto all = events.subscribe(
      {.since = Time{} + std::chrono::seconds(1), .until = now(), .filters = std::move(filters)});
  all.run([&](const api::Event& event) { list.push_back(event.action); }, {});
  return list;
}

TEST(EventsTest, WhatHappenedIsReplayedInOrder) {
  Events events(nullptr);
  events.publish("container", "create", "a", {});
  events.publish("container", "start", "a", {});
  EXPECT_EQ(replay(events), (std::vector<std::string>{"create", "start"}));
}

TEST(EventsTest, LiveOnesReachWhoSubscribed) {
  Events events(nullptr);
  auto subscription = events.subscribe({});
  EXPECT_EQ(events.listeners(), 1U);
  std::stop_source stop;
  std::vector<std::string> seen;
  std::jthread reader([&] {
    subscription.run(
        [&](const api::Event& event) {
          seen.push_back(event.action);
          if (event.action == "die") stop.request_stop();
        },
        stop.get_token());
  });
  events.publish("container", "start", "a", {{"name", "web"}});
  events.publish("container", "die", "a", {{"name", "web"}});
  reader.join();
  EXPECT_EQ(seen, (std::vector<std::string>{"start", "die"}));
}

TEST(EventsTest, FiltersSelect) {
  Events events(nullptr);
  events.publish("container", "start", "a", {});
  events.publish("network", "connect", "n", {});
  api::Filters filters;
  filters.add("type", "network");
  EXPECT_EQ(replay(events, filters), (std::vector<std::string>{"connect"}));
}

TEST(EventsTest, SinceAfterUntilIsRefused) {
  Events events(nullptr);
  EXPECT_THROW(
      events.subscribe({.since = now(), .until = Time{} + std::chrono::seconds(1), .filters = {}}),
      Error);
}

TEST(EventsTest, JournalSurvivesTheDaemon) {
  const fs::path directory = fs::temp_directory_path() / ("mydock-events-" + random_hex(8));
  make_directories(directory, 0755);
  {
    state::Database database(directory / "state.db");
    int woken = 0;
    Events events(&database, [&] { ++woken; });
    events.publish("container", "start", "a", {{"name", "web"}});
    events.publish("container", "die", "a", {});
    EXPECT_EQ(woken, 1);
    events.flush();
  }
  state::Database database(directory / "state.db");
  Events events(&database);
  EXPECT_EQ(replay(events), (std::vector<std::string>{"start", "die"}));
  remove_tree(directory);
}

TEST(EventsTest, MoreThanMemoryHoldsComesFromTheJournal) {
  const fs::path directory = fs::temp_directory_path() / ("mydock-events-" + random_hex(8));
  make_directories(directory, 0755);
  {
    state::Database database(directory / "state.db");
    Events events(&database);
    for (int i = 0; i < 3000; ++i) events.publish("container", std::to_string(i), "a", {});
    events.publish("container", "probe", "a", {}, Events::Keep::passing);
    const auto all = replay(events);
    ASSERT_EQ(all.size(), 3001U);
    for (int i = 0; i < 3000; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], std::to_string(i));
  }
  state::Database database(directory / "state.db");
  Events events(&database);
  EXPECT_EQ(replay(events).size(), 3000U) << "what passes is not stored";
  remove_tree(directory);
}

}  // namespace
}  // namespace mydock::engine
