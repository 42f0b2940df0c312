#include "volume/mount_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"

namespace mydock::volume {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class F>
std::string refusal(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::invalid) << error.what();
    return error.message();
  }
  return "(no error)";
}

TEST(BindTest, PathAsSourceIsABindThatMayBeMade) {
  const MountSpec mount = parse_bind("/a/../data/:/var//lib/:ro,rshared");
  EXPECT_EQ(mount.type, MountType::bind);
  EXPECT_EQ(mount.source, "/data");
  EXPECT_EQ(mount.target, "/var/lib");
  EXPECT_TRUE(mount.read_only);
  EXPECT_EQ(mount.propagation, "rshared");
  EXPECT_EQ(mount.mode, "ro,rshared");
  EXPECT_TRUE(mount.create_source);
}

TEST(BindTest, NameAsSourceIsAVolume) {
  const MountSpec mount = parse_bind("data:/d:nocopy,z");
  EXPECT_EQ(mount.type, MountType::volume);
  EXPECT_EQ(mount.source, "data");
  EXPECT_TRUE(mount.no_copy);
  EXPECT_FALSE(mount.read_only);
}

TEST(BindTest, TargetAloneIsAnAnonymousVolume) {
  const MountSpec mount = parse_bind("/data");
  EXPECT_EQ(mount.type, MountType::volume);
  EXPECT_EQ(mount.source, "");
  EXPECT_EQ(mount.target, "/data");
}

TEST(BindTest, BadSpecsAreRefusedInDockersWords) {
  struct Case {
    std::string text;
    std::string words;
  };
  const std::vector<Case> cases{
      {"", "invalid volume specification: ''"},
      {"a:b:c:d", "invalid volume specification: 'a:b:c:d'"},
      {"/a:", "invalid volume specification: '/a:'"},
      {":/a", "invalid volume specification: ':/a'"},
      {"/a:/b:", "invalid volume specification: '/a:/b:'"},
      {"/a:b", "invalid mount path: 'b' mount path must be absolute"},
      {"b", "invalid mount path: 'b' mount path must be absolute"},
      {"/a:/", "invalid specification: destination can't be '/'"},
      {"/a:/x/..", "invalid specification: destination can't be '/'"},
      {"/a:/b:x", "invalid mode: x"},
      {"/a:/b:ro,rw", "invalid mode: ro,rw"},
      {"/a:/b:shared,rslave", "invalid mode: shared,rslave"},
      {"/a:/b:nocopy", "invalid mode: nocopy"},
      {"vol:/b:rshared", "invalid mode: rshared"},
      {"-x:/b", "includes invalid characters for a local volume name"},
      {"../x:/b", "includes invalid characters for a local volume name"},
      {"x:/b", "volume name is too short"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(refusal([&] { parse_bind(c.text); }), HasSubstr(c.words)) << c.text;
  }
  EXPECT_THAT(refusal([] { parse_bind({"/a\0:/b", 6}); }), HasSubstr("invalid volume"));
}

TEST(MountTest, WrongFieldsAreRefusedUnderTheTypesName) {
  struct Case {
    std::string type;
    MountSpec mount;
    std::string words;
  };
  const auto spec = [](std::string source, std::string target) {
    MountSpec mount;
    mount.source = std::move(source);
    mount.target = std::move(target);
    return mount;
  };
  MountSpec conflict = spec("/a", "/b");
  conflict.read_only_force_recursive = true;
  MountSpec anonymous = spec("", "/b");
  anonymous.read_only = true;
  MountSpec escaping = spec("vol", "/b");
  escaping.subpath = "../../etc";
  const std::vector<Case> cases{
      {"bind", spec("", "/b"), "type \"bind\": field Source must not be empty"},
      {"bind", spec("/a", ""), "type \"bind\": field Target must not be empty"},
      {"bind", spec("a", "/b"),
       "type \"bind\": invalid mount path: 'a' mount path must be absolute"},
      {"bind", spec("/a", "b"),
       "type \"bind\": invalid mount path: 'b' mount path must be absolute"},
      {"bind", spec("/a", "/"), "destination can't be '/'"},
      {"bind", conflict, "mount options conflict"},
      {"tmpfs", spec("/a", "/b"), "type \"tmpfs\": field Source must not be specified"},
      {"volume", anonymous, "must not set ReadOnly mode when using anonymous volumes"},
      {"volume", escaping, "subpath must be a relative path within the volume"},
      {"floppy", spec("", "/b"), "type \"floppy\": mount type unknown"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(refusal([&] { validate_mount(c.type, c.mount); }), HasSubstr(c.words)) << c.words;
  }
}

TEST(MountTest, GoodMountComesBackCleanWithItsType) {
  MountSpec mount;
  mount.source = "/srv/./data";
  mount.target = "/data/";
  const MountSpec checked = validate_mount("bind", mount);
  EXPECT_EQ(checked.type, MountType::bind);
  EXPECT_EQ(checked.source, "/srv/data");
  EXPECT_EQ(checked.target, "/data");
}

TEST(MountTest, MissingBindSourceIsMadeOnlyForBindStrings) {
  const fs::path directory = fs::temp_directory_path() / ("mydock-t-mount-" + random_hex(8));
  MountSpec mount = parse_bind(directory.native() + "/x:/x");
  mount.create_source = false;
  EXPECT_EQ(
      refusal([&] { check_source(mount); }),
      "invalid mount config for type \"bind\": bind source path does not exist: " + mount.source);
  mount.create_source = true;
  check_source(mount);
  EXPECT_TRUE(fs::is_directory(mount.source));
  remove_tree(directory);
}

TEST(MountTest, TwoMountsAtOneTargetAreRefused) {
  EXPECT_EQ(refusal([] {
              check_duplicates({parse_bind("/a:/x"), parse_bind("v1:/x/")});
            }),
            "Duplicate mount point: /x");
  EXPECT_EQ(refusal([] {
              check_duplicates({parse_bind("/a:/x"), parse_bind("v1:/y")});
            }),
            "(no error)");
}

TEST(MountTest, CleanPathIsGosClean) {
  for (const auto& [path, clean] : std::vector<std::pair<std::string, std::string>>{
           {"/", "/"}, {"//", "/"}, {"/a/./b//c/", "/a/b/c"}, {"/../a", "/a"}, {"/a/..", "/"}}) {
    EXPECT_EQ(clean_path(path), clean) << path;
  }
}

TEST(TmpfsTest, ClientsWordsTakeThePlaceOfTheDefaults) {
  EXPECT_THAT(parse_tmpfs_options(""), ElementsAre("noexec", "nosuid", "nodev"));
  EXPECT_THAT(parse_tmpfs_options("exec,size=64m"),
              ElementsAre("nosuid", "nodev", "exec", "size=64m"));
  EXPECT_THAT(refusal([] { parse_tmpfs_options("rw,loop"); }),
              HasSubstr("invalid tmpfs option [\"loop\"]"));
}

}  // namespace
}  // namespace mydock::volume
