#include "daemon/routes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace mydock::daemon {
namespace {

using Segments = std::vector<std::string>;

// The pattern of the row that would answer; "" for none.
std::string row_for(std::string_view method, const Segments& segments) {
  static const std::vector<Route> all = routes();
  for (const Route& route : all) {
    if (route.method == method && match(route.pattern, segments)) return std::string(route.pattern);
  }
  return "";
}

TEST(RoutesTest, TheRightRowAnswers) {
  const std::vector<std::tuple<std::string, Segments, std::string>> cases{
      {"GET", {"containers", "json"}, "/containers/json"},
      {"GET", {"containers", "json", "json"}, "/containers/{ref}/json"},
      {"GET", {"images", "a", "b", "c:1", "json"}, "/images/{name...}/json"},
      {"DELETE", {"images", "host:5000", "a"}, "/images/{name...}"},
      {"GET", {"images", "get"}, "/images/get"},
      {"GET", {"networks", ""}, "/networks/"},
      {"GET", {"containers", "", "json"}, ""},
      {"GET", {"containers", "a/b", "json"}, "/containers/{ref}/json"},
      {"PUT", {"containers", "json"}, ""},
      {"GET", {"nothing"}, ""},
  };
  for (const auto& [method, segments, pattern] : cases) {
    EXPECT_EQ(row_for(method, segments), pattern)
        << method << " " << testing::PrintToString(segments);
  }
}

TEST(RoutesTest, AGreedyNameKeepsItsSlashes) {
  const Segments segments{"images", "docker.io", "library", "alpine:3", "json"};
  const auto parameters = match("/images/{name...}/json", segments);
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->at("name"), "docker.io/library/alpine:3");
}

TEST(RoutesTest, NoTwoRowsAreTheSame) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : routes()) {
    EXPECT_TRUE(seen.emplace(route.method, route.pattern).second) << route.pattern;
  }
}

// api/openapi.yaml is what users read: it names each row, and no other.
TEST(RoutesTest, OpenApiNamesEveryRowAndNoOther) {
  std::ifstream file(MYDOCK_SOURCE_DIR "/api/openapi.yaml");
  ASSERT_TRUE(file);
  std::set<std::string> written;
  std::string path;
  const std::regex path_line("^  (/[^ :]*):$");
  const std::regex method_line("^    (get|head|post|put|delete):.*$");
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (std::regex_match(line, found, path_line)) path = found[1];
    if (std::regex_match(line, found, method_line)) {
      std::string method = found[1];
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      written.insert(method + " " + path);
    }
  }
  std::set<std::string> served;
  for (const Route& route : routes()) {
    std::string pattern(route.pattern);
    if (const auto dots = pattern.find("...}"); dots != std::string::npos) pattern.erase(dots, 3);
    if (pattern == "/networks/") continue;  // the same call, as old clients spell it
    served.insert(std::string(route.method) + " " + pattern);
  }
  EXPECT_EQ(written, served);
}

}  // namespace
}  // namespace mydock::daemon
