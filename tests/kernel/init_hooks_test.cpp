#include <gtest/gtest.h>

#include <unistd.h>

#include "base/file.h"
#include "tests/kernel/init_container.h"

namespace mydock::runtime::init {
namespace {

oci::Hook shell_hook(const std::string& shell, const std::string& script) {
  return {.path = shell,
          .args = {"sh", "-c", script},
          .env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
          .timeout = 10};
}

TEST(InitHooks, CreateContainerRunsTheHostsProgramInTheContainersNamespacesBeforeThePivot) {
  InitContainer box;
  const std::string out = box.directory() / "hook";
  box.spec.hooks.emplace();
  box.spec.hooks->create_container = {
      shell_hook("/bin/sh", "cat >" + out + "; readlink /proc/self/ns/uts >>" + out)};
  const auto result = box.run("readlink /proc/self/ns/uts");
  EXPECT_EQ(result.error, "");
  const std::string text = read_file(out);
  EXPECT_NE(text.find(R"("status":"creating")"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("}" + result.output)) << text;
}

TEST(InitHooks, StartContainerRunsTheContainersProgramBeforeItsOwn) {
  InitContainer box;
  box.spec.hooks.emplace();
  box.spec.hooks->start_container = {shell_hook("/bin/sh", "cat >/tmp/state; pwd >/tmp/where")};
  const auto result = box.run("cat /tmp/state; cat /tmp/where; ls /tmp");
  EXPECT_EQ(result.error, "");
  EXPECT_NE(result.output.find(R"("status":"created","pid":1)"), std::string::npos)
      << result.output;
}

TEST(InitHooks, OneThatFailsStopsTheContainer) {
  struct Case {
    const char* name;
    bool created;
  };
  for (const Case& c : {Case{"createContainer", false}, Case{"startContainer", true}}) {
    InitContainer box;
    oci::Hooks& hooks = box.spec.hooks.emplace();
    std::vector<oci::Hook>& list = c.created ? hooks.start_container : hooks.create_container;
    list.push_back(shell_hook("/bin/sh", "exit 7"));
    const auto result = box.run("echo ran");
    EXPECT_EQ(result.created, c.created) << c.name;
    EXPECT_EQ(result.error, std::string("run ") + c.name + " hook /bin/sh: it ended with status 7");
    EXPECT_EQ(result.output, "") << c.name;
  }
}

TEST(InitNamespaces, ATimeNamespaceShiftsTheClocks) {
  InitContainer box;
  box.spec.linux.namespaces.push_back({.type = "time", .path = {}});
  box.spec.linux.time_offsets = {{"monotonic", {.secs = 700, .nanosecs = 5}},
                                 {"boottime", {.secs = 1'000'000'000, .nanosecs = 0}}};
  const auto result = box.run(
      "cat /proc/self/timens_offsets; read -r up rest </proc/uptime; echo ${up%.*}; "
      "readlink /proc/self/ns/time");
  EXPECT_EQ(result.error, "");
  EXPECT_NE(result.output.find("monotonic         700         5"), std::string::npos)
      << result.output;
  const std::size_t at = result.output.find("\n1000");
  EXPECT_NE(at, std::string::npos) << "uptime has the offset: " << result.output;
  oci::Process process = *box.spec.process;
  process.args = {"/bin/sh", "-c", "readlink /proc/self/ns/time; readlink /proc/1/ns/time"};
  const auto executed = box.exec(process);
  EXPECT_EQ(executed.error, "");
  const std::string& text = executed.output;
  EXPECT_EQ(text.substr(0, text.size() / 2), text.substr(text.size() / 2)) << text;
}

}  // namespace
}  // namespace mydock::runtime::init
