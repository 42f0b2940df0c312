#include "api/event.h"

#include <gtest/gtest.h>

namespace mydock::api {
namespace {

Event container_event(std::string action) {
  Event event;
  event.type = "container";
  event.action = std::move(action);
  event.actor.id = "abc123";
  event.actor.attributes = {{"image", "alpine:3"}, {"name", "web"}, {"k", "v"}};
  return event;
}

bool passes(std::string_view filters, const Event& event) {
  return matches(Filters::parse(filters), event);
}

TEST(EventTest, LegacyMembersEndWith152) {
  Event event = container_event("start");
  shape_for({1, 51}, event);
  EXPECT_EQ(event.status, "start");
  EXPECT_EQ(event.id, "abc123");
  EXPECT_EQ(event.from, "alpine:3");
  Event newer = container_event("start");
  shape_for({1, 52}, newer);
  EXPECT_EQ(newer, container_event("start"));
}

TEST(EventTest, ImageCreateIsNewIn146) {
  Event event;
  event.type = "image";
  event.action = "create";
  EXPECT_FALSE(known_to({1, 45}, event));
  EXPECT_TRUE(known_to({1, 46}, event));
}

TEST(EventTest, FiltersAreDockers) {
  const Event start = container_event("start");
  for (const char* yes :
       {"", R"({"type":["container"]})", R"({"event":["start","die"]})", R"({"container":["web"]})",
        R"({"container":["abc"]})", R"({"image":["alpine"]})", R"({"image":["alpine:3"]})",
        R"({"label":["k=v"]})", R"({"scope":["local"]})"}) {
    EXPECT_TRUE(passes(yes, start)) << yes;
  }
  for (const char* no :
       {R"({"type":["image"]})", R"({"event":["star"]})", R"({"container":["db"]})",
        R"({"network":["x"]})", R"({"label":["k=w"]})", R"({"image":["busybox"]})"}) {
    EXPECT_FALSE(passes(no, start)) << no;
  }
  EXPECT_TRUE(passes(R"({"event":["exec_start"]})", container_event("exec_start: sh -c x")));
  EXPECT_TRUE(passes(R"({"event":["health_status"]})", container_event("health_status: healthy")));
}

TEST(EventTest, MembersHaveDockersNames) {
  Event event;
  event.type = "network";
  event.action = "create";
  event.time = 5;
  EXPECT_EQ(to_json(event),
            R"({"Type":"network","Action":"create","Actor":{"ID":"","Attributes":{}},)"
            R"("scope":"local","time":5,"timeNano":0})");
}

}  // namespace
}  // namespace mydock::api
