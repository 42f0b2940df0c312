#include "runtime/capabilities.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"

namespace mydock::runtime {
namespace {

using Names = std::vector<std::string>;

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(CapabilitiesTest, NamesAndNumbersAreTheKernels) {
  EXPECT_EQ(capability_number("CAP_CHOWN"), 0);
  EXPECT_EQ(capability_number("CAP_SYS_ADMIN"), 21);
  EXPECT_EQ(capability_number("CAP_CHECKPOINT_RESTORE"), 40);
  EXPECT_EQ(capability_number("SYS_ADMIN"), std::nullopt);
  EXPECT_EQ(capability_name(27), "CAP_MKNOD");
}

TEST(CapabilitiesTest, DockersDefaultIsTheKnownMask) {
  EXPECT_EQ(capability_set(docker_default_capabilities()), 0xa80425fbU);
}

TEST(CapabilitiesTest, AddAndDropResolveAsDockerDoes) {
  struct Case {
    const char* name;
    Names add;
    Names drop;
    bool privileged;
    CapabilitySet result;
  };
  const CapabilitySet all = kernel_capabilities();
  const CapabilitySet admin = CapabilitySet{1} << 21U;
  const CapabilitySet chown = 1;
  const std::vector<Case> cases = {
      {"neither", {}, {}, false, 0xa80425fb},
      {"add", {"sys_admin"}, {}, false, 0xa80425fb | admin},
      {"prefix and case", {"Cap_Sys_Admin", "SYS_ADMIN"}, {}, false, 0xa80425fb | admin},
      {"drop", {}, {"chown"}, false, 0xa80425fb & ~chown},
      {"both", {"CHOWN"}, {"CHOWN"}, false, 0xa80425fb},
      {"drop all", {}, {"ALL"}, false, 0},
      {"drop all, add one", {"chown"}, {"all"}, false, chown},
      {"add all", {"ALL"}, {}, false, all},
      {"add all, drop one", {"ALL"}, {"CHOWN"}, false, all & ~chown},
      {"privileged", {}, {"ALL"}, true, all},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(capability_set(resolve_capabilities(c.add, c.drop, c.privileged)), c.result)
        << c.name;
  }
}

TEST(CapabilitiesTest, UnknownNamesAreRefusedInDockersWords) {
  EXPECT_EQ(message_of([] { resolve_capabilities({"foo"}, {}, false); }),
            "invalid CapAdd: unknown capability: \"CAP_FOO\"");
  EXPECT_EQ(message_of([] { resolve_capabilities({}, {"CAP_"}, false); }),
            "invalid CapDrop: unknown capability: \"CAP_\"");
  EXPECT_EQ(message_of([] { capability_set({"CAP_X"}); }), "unknown capability: \"CAP_X\"");
}

TEST(CapabilitiesTest, NormalizedNamesAreSortedWithoutDoubles) {
  EXPECT_EQ(normalize_capabilities({"net_raw", "CAP_CHOWN", "NET_RAW"}, "CapAdd"),
            (Names{"CAP_CHOWN", "CAP_NET_RAW"}));
  EXPECT_EQ(normalize_capabilities({"chown", "all"}, "CapAdd"), Names{"ALL"});
}

}  // namespace
}  // namespace mydock::runtime
