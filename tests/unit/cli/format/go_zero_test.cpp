#include "cli/format/go_zero.h"

#include <gtest/gtest.h>

#include "cli/format/template.h"

namespace mydock::cli {
namespace {

std::string shown(std::string_view text, bool typed) {
  const Value data = parse_value(R"({"Id":"a","Config":{"Labels":{"a":"1"}},"Health":null})");
  return Template::parse(text).execute(data, {.typed = typed});
}

TEST(GoZeroTest, WhatTheJsonLeavesOutIsShownAsGoDoes) {
  EXPECT_EQ(shown("{{.Entrypoint}} {{.Health}} {{.Volumes}}", true), "[] <nil> map[]");
  EXPECT_EQ(shown("{{.Config.Labels.nosuch}}", true), "<no value>");
  EXPECT_ANY_THROW(shown("{{.NoSuchField}}", true));
}

TEST(GoZeroTest, PlainMapsHaveNoSuchMembers) {
  EXPECT_ANY_THROW(shown("{{.Entrypoint}}", false));
  EXPECT_EQ(go_zero("Id"), nullptr);
}

}  // namespace
}  // namespace mydock::cli
