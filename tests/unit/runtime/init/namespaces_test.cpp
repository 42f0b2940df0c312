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

TEST(NamespacesTest, ANewTimeNamespaceAndPathsBesideAUserNamespaceAreEnteredBeforeTheClone) {
  struct Case {
    std::vector<oci::Namespace> namespaces;
    bool before;
    std::uint64_t flags;
  };
  const std::vector<Case> cases = {
      {{{"mount", ""}, {"uts", "/x"}}, false, CLONE_NEWNS},
      {{{"mount", ""}, {"user", ""}}, false, CLONE_NEWNS | CLONE_NEWUSER},
      {{{"mount", ""}, {"user", ""}, {"uts", "/x"}}, true, CLONE_NEWNS | CLONE_NEWUSER},
      {{{"mount", ""}, {"user", "/x"}}, true, CLONE_NEWNS},
      {{{"mount", ""}, {"time", ""}}, true, CLONE_NEWNS},
      {{{"mount", ""}, {"time", "/x"}}, false, CLONE_NEWNS},
  };
  for (const Case& c : cases) {
    const oci::Spec spec = spec_with(c.namespaces);
    EXPECT_EQ(enters_before_clone(spec), c.before) << c.namespaces.back().type;
    EXPECT_EQ(clone_flags(spec), c.flags) << c.namespaces.back().type;
  }
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
