#include "cli/listing/containers.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

TEST(DisplayPortsTest, NeighboursAreOneRange) {
  EXPECT_EQ(
      display_ports(
          {{"0.0.0.0", 8000, 8000, "tcp"}, {"0.0.0.0", 8001, 8001, "tcp"}, {"", 443, 0, "tcp"}}),
      "443/tcp, 0.0.0.0:8000-8001->8000-8001/tcp");
}
TEST(DisplayPortsTest, DifferentNumbersComeLastAndOneByOne) {
  EXPECT_EQ(
      display_ports({{"0.0.0.0", 80, 8080, "tcp"}, {"::", 80, 8080, "tcp"}, {"", 90, 0, "udp"}}),
      "90/udp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp");
}
TEST(ContainerRowTest, LongCommandsAndIdsAreCut) {
  api::ContainerSummary container;
  container.id = std::string(64, 'a');
  container.command = "/docker-entrypoint.sh nginx";
  container.names = {"/other/alias", "/web"};
  container.image = "nginx@sha256:00";
  const Value row = container_row(container, true);
  EXPECT_EQ(row["ID"].text(), "aaaaaaaaaaaa");
  EXPECT_EQ(row["Command"].text(), "\"/docker-entrypoint.…\"");
  EXPECT_EQ(row["Names"].text(), "web");
  EXPECT_EQ(row["Image"].text(), "nginx");
  EXPECT_EQ(container_row(container, false)["Names"].text(), "other/alias,web");
}

}  // namespace
}  // namespace mydock::cli
