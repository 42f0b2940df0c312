#include "engine/cdi/cdi.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"

namespace mydock::engine {
namespace {

class CdiTest : public ::testing::Test {
 protected:
  CdiTest() : root_(fs::temp_directory_path() / ("mydock-cdi-" + random_hex(8))) {
    make_directories(root_ / "a", 0755);
    make_directories(root_ / "b", 0755);
    write_file_atomically(root_ / "a/one.json", R"({
      "cdiVersion": "0.6.0", "kind": "vendor.com/thing",
      "containerEdits": {"env": ["THING=yes"]},
      "devices": [
        {"name": "zero", "containerEdits": {
          "deviceNodes": [{"path": "/dev/thing0", "hostPath": "/dev/null", "permissions": "rw"}],
          "mounts": [{"hostPath": "/usr/share", "containerPath": "/thing", "options": ["ro", "bind"]}],
          "hooks": [{"hookName": "createContainer", "path": "/bin/true", "args": ["true"]}]}},
        {"name": "numbers", "containerEdits": {
          "deviceNodes": [{"path": "/dev/n", "type": "c", "major": 5, "minor": 6}]}}]})",
                          0644);
    write_file_atomically(root_ / "a/broken.json", "{", 0644);
  }
  ~CdiTest() override { remove_tree(root_); }
  std::vector<fs::path> directories() const { return {root_ / "a", root_ / "b", root_ / "none"}; }
  oci::Spec made(const api::DeviceRequest& request) {
    oci::Spec spec;
    spec.process.emplace().env = {"PATH=/bin"};
    api::Resources resources;
    resources.device_requests = std::vector<api::DeviceRequest>{request};
    apply_device_requests(spec, resources, directories());
    return spec;
  }
  static api::DeviceRequest cdi(api::Strings ids) {
    api::DeviceRequest request;
    request.driver = "cdi";
    request.device_ids = std::move(ids);
    return request;
  }
  fs::path root_;
};

TEST_F(CdiTest, ADeviceIsNodesMountsHooksAndEnvironment) {
  const oci::Spec spec = made(cdi({"vendor.com/thing=zero", "vendor.com/thing=numbers"}));
  EXPECT_EQ(spec.process->env, (std::vector<std::string>{"PATH=/bin", "THING=yes"}));
  ASSERT_EQ(spec.linux.devices.size(), 2U);
  EXPECT_EQ(spec.linux.devices[0].path, "/dev/thing0");
  EXPECT_EQ(spec.linux.devices[0].major, 1);
  EXPECT_EQ(spec.linux.devices[0].minor, 3);
  EXPECT_EQ(spec.linux.devices[1].major, 5);
  EXPECT_EQ(spec.linux.resources.devices[0].access, "rw");
  EXPECT_EQ(spec.linux.resources.devices[1].access, "rwm");
  ASSERT_EQ(spec.mounts.size(), 1U);
  EXPECT_EQ(spec.mounts[0].destination, "/thing");
  EXPECT_EQ(spec.mounts[0].options, (std::vector<std::string>{"ro", "bind"}));
  EXPECT_EQ(spec.hooks->create_container.size(), 1U);
}

TEST_F(CdiTest, TheLaterFolderWins) {
  write_file_atomically(root_ / "b/two.json", R"({"cdiVersion": "0.6.0", "kind": "vendor.com/thing",
    "devices": [{"name": "zero", "containerEdits": {"env": ["SECOND=1"]}}]})",
                        0644);
  EXPECT_EQ(made(cdi({"vendor.com/thing=zero"})).process->env,
            (std::vector<std::string>{"PATH=/bin", "SECOND=1"}));
}

TEST_F(CdiTest, WhatIsUnknownIsNamed) {
  try {
    made(cdi({"vendor.com/thing=zero", "vendor.com/thing=nine", "nothing"}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("unresolvable CDI devices vendor.com/thing=nine, nothing"),
              std::string::npos)
        << error.message();
  }
}

TEST_F(CdiTest, GpusAreThoseOfTheirSpecOrRefused) {
  api::DeviceRequest gpus;
  gpus.count = -1;
  gpus.capabilities = std::vector<api::Strings>{{"gpu"}};
  try {
    made(gpus);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "could not select device driver \"\" with capabilities: [[gpu]]");
  }
  write_file_atomically(root_ / "b/gpu.json", R"({"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu",
    "devices": [{"name": "all", "containerEdits": {"env": ["GPU=all"]}},
                {"name": "0", "containerEdits": {"env": ["GPU=0"]}}]})",
                        0644);
  EXPECT_EQ(made(gpus).process->env.back(), "GPU=all");
  gpus.count = 1;
  EXPECT_EQ(made(gpus).process->env.back(), "GPU=0");
  gpus.driver = "other";
  EXPECT_THROW(made(gpus), Error);
}

}  // namespace
}  // namespace mydock::engine
