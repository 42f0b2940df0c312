#include "engine/container/query/list.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/container/query/view.h"

namespace mydock::engine {
namespace {

Record record() {
  Definition definition;
  definition.id = "abc" + std::string(61, '0');
  definition.created = Time{} + std::chrono::seconds(100);
  definition.config.labels = {{"k", "v"}};
  definition.config.exposed_ports = {{"80/tcp", {}}};
  ContainerMount mount;
  mount.type = "volume";
  mount.name = "data";
  mount.target = "/data";
  definition.mounts.push_back(mount);
  Record made;
  made.name = "web";
  made.definition = std::make_shared<const Definition>(definition);
  made.status.state = State::exited;
  made.status.started = Time{} + std::chrono::seconds(200);
  made.status.finished = Time{} + std::chrono::seconds(300);
  made.status.exit_code = 3;
  made.status.endpoints["net1"].network_id = "feed";
  return made;
}

bool listed(const std::string& key, const std::string& value) {
  ListContext context;
  context.descends_from = [](const Record&, const std::string& name) { return name == "busybox"; };
  context.filters.add(key, value);
  return is_listed(record(), context);
}

TEST(ListTest, FiltersTakeAndLeave) {
  struct Case {
    const char* key;
    const char* value;
    bool expected;
  };
  const Case cases[] = {{"name", "we", true},          {"name", "^/?web$", true},
                        {"name", "^/web", true},       {"name", "^eb$", false},
                        {"id", "abc", true},           {"id", "bc", false},
                        {"label", "k", true},          {"label", "k=v", true},
                        {"label", "k=w", false},       {"status", "exited", true},
                        {"status", "running", false},  {"exited", "3", true},
                        {"exited", "0", false},        {"network", "net1", true},
                        {"network", "fe", true},       {"network", "other", false},
                        {"volume", "data", true},      {"volume", "/data", true},
                        {"expose", "80", false},       {"expose", "81", false},
                        {"ancestor", "busybox", true}, {"ancestor", "other", false},
                        {"health", "none", true},      {"publish", "80", false},
                        {"name", "^w.b$", true},       {"name", "^/w[a-f]+b?$", true},
                        {"name", "web|nope", true},    {"expose", "80/udp", false}};
  for (const Case& c : cases) {
    EXPECT_EQ(listed(c.key, c.value), c.expected) << c.key << "=" << c.value;
  }
}

TEST(ListTest, UnknownFiltersAreRefused) {
  api::Filters filters;
  filters.add("nope", "x");
  EXPECT_THROW(check_list_filters(filters), Error);
  api::Filters status;
  status.add("status", "nope");
  EXPECT_THROW(check_list_filters(status), Error);
}

TEST(ListTest, PortsThatAreNoneAreRefused) {
  for (const char* bad : {"x", "80:80", "80/foo", "", "9-8"}) {
    api::Filters filters;
    filters.add("publish", bad);
    EXPECT_THROW(check_list_filters(filters), Error) << bad;
  }
}

TEST(ListTest, PortsAreThoseOfRunningOnes) {
  Record running = record();
  running.status.state = State::running;
  const std::pair<const char*, bool> cases[] = {{"80", true}, {"79-80", true}, {"80/udp", false}};
  for (const auto& [value, fits] : cases) {
    ListContext context;
    context.descends_from = [](const Record&, const std::string&) { return false; };
    context.filters.add("expose", value);
    EXPECT_EQ(is_listed(running, context), fits) << value;
  }
}

TEST(ListTest, HealthIsAWord) {
  Record sick = record();
  sick.status.health = api::Health{.status = "unhealthy", .failing_streak = 3, .log = {}};
  ListContext context;
  context.descends_from = [](const Record&, const std::string&) { return false; };
  context.filters.add("health", "unhealthy");
  EXPECT_TRUE(is_listed(sick, context));
  EXPECT_FALSE(is_listed(record(), context));
}

TEST(ViewTest, StatusTexts) {
  Record r = record();
  const Time at = Time{} + std::chrono::seconds(310);
  EXPECT_EQ(status_text(r, at), "Exited (3) 10 seconds ago");
  r.status.state = State::running;
  EXPECT_EQ(status_text(r, at), "Up About a minute");
  r.status.health = api::Health{.status = "starting", .failing_streak = 0, .log = {}};
  EXPECT_EQ(status_text(r, at), "Up About a minute (health: starting)");
  r.status.health->status = "healthy";
  EXPECT_EQ(status_text(r, at), "Up About a minute (healthy)");
  r.status.state = State::paused;
  EXPECT_EQ(status_text(r, at), "Up About a minute (Paused)");
  r.status.state = State::restarting;
  EXPECT_EQ(status_text(r, at), "Restarting (3) 10 seconds ago");
  r.status = {};
  EXPECT_EQ(status_text(r, at), "Created");
}

TEST(ViewTest, CommandShowsWordsWithBlanksInQuotes) {
  api::ContainerConfig config;
  config.entrypoint = api::Strings{"sh", "-c"};
  config.cmd = api::Strings{"echo hi"};
  EXPECT_EQ(command_text(config), "sh -c 'echo hi'");
}

TEST(ViewTest, PortRanges) {
  EXPECT_EQ(parse_port_range("80"), (std::vector<std::uint16_t>{80}));
  EXPECT_EQ(parse_port_range("80-82"), (std::vector<std::uint16_t>{80, 81, 82}));
  EXPECT_EQ(parse_port_range("65535").size(), 1U);
  for (const char* bad : {"", "x", "0", "70000", "9-8"}) EXPECT_TRUE(parse_port_range(bad).empty());
}

}  // namespace
}  // namespace mydock::engine
