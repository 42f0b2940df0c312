#include "runtime/init/namespaces.h"

#include <gtest/gtest.h>
#include <sched.h>

#include "base/error.h"
#include "runtime/init/run_init.h"

namespace mydock::runtime::init {
namespace {

oci::Spec spec_with(const std::vector<oci::Namespace>& namespaces) {
  oci::Spec spec;
  spec.linux.namespaces = namespaces;
  return spec;
}

TEST(NamespacesTest, NewOnesBecomeCloneFlagsButCgroupWaits) {
  EXPECT_EQ(clone_flags(spec_with({{"mount", ""}, {"pid", ""}, {"cgroup", ""}, {"ipc", ""}})),
            static_cast<std::uint64_t>(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC));
}

TEST(NamespacesTest, OnesByPathAreNotMade) {
  const oci::Spec spec = spec_with({{"mount", ""}, {"network", "/run/netns/x"}});
  EXPECT_EQ(clone_flags(spec), static_cast<std::uint64_t>(CLONE_NEWNS));
  ASSERT_NE(find_namespace(spec, "network"), nullptr);
  EXPECT_EQ(find_namespace(spec, "pid"), nullptr);
}

TEST(NamespacesTest, WhatCannotBeIsRefused) {
  struct Case {
    const char* name;
    std::vector<oci::Namespace> namespaces;
    Kind kind;
  };
  const std::vector<Case> cases = {
      {"none for mounts", {{"pid", ""}}, Kind::invalid},
      {"somebody else's mounts", {{"mount", "/proc/1/ns/mnt"}}, Kind::invalid},
      {"twice", {{"mount", ""}, {"pid", ""}, {"pid", "/x"}}, Kind::invalid},
      {"unknown", {{"mount", ""}, {"cpu", ""}}, Kind::invalid},
      {"time", {{"mount", ""}, {"time", ""}}, Kind::not_implemented},
      {"user by path", {{"mount", ""}, {"user", "/x"}}, Kind::not_implemented},
  };
  for (const Case& c : cases) {
    try {
      clone_flags(spec_with(c.namespaces));
      ADD_FAILURE() << c.name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), c.kind) << c.name;
    }
  }
}

}  // namespace
}  // namespace mydock::runtime::init
