#include "runtime/user.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

namespace mydock::runtime {
namespace {

class UserTest : public testing::Test {
 protected:
  UserTest() {
    std::string name = testing::TempDir() + "user-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    make_directories(directory_ / "etc", 0755);
    write("passwd",
          "# comment\nroot:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n"
          "1000:x:0:0:trap:/trap:/bin/sh\nbroken:x:zero:0::/:\nhuge:x:4294967296:0::/:\n"
          "nohome:x:7:8\n\n:x:9:9::/:\n");
    write("group",
          "root:x:0:root\nadm:x:4:root,web\nweb:x:1001:\nwheel:x:10:root,other\n"
          "bad:x:x:web\n");
  }
  ~UserTest() override { remove_tree(directory_); }

  void write(const char* name, const std::string& text) const {
    write_file_atomically(directory_ / "etc" / name, text, 0644, Durability::renamed);
  }
  ResolvedUser resolve(std::string_view user, const std::vector<std::string>& groups = {}) const {
    return resolve_user(Root::open(directory_), user, groups);
  }
  std::string error(std::string_view user, const std::vector<std::string>& groups = {}) const {
    try {
      resolve(user, groups);
    } catch (const Error& found) {
      EXPECT_EQ(found.kind(), Kind::invalid) << user;
      return found.message();
    }
    return "";
  }

  fs::path directory_;
};

TEST_F(UserTest, EveryFormOfDockersUserText) {
  struct Case {
    std::string_view text;
    std::uint32_t uid;
    std::uint32_t gid;
    std::vector<std::uint32_t> groups;
    std::string home;
  };
  const std::vector<Case> cases = {
      {"", 0, 0, {0, 4, 10}, "/root"},
      {"0", 0, 0, {0, 4, 10}, "/root"},
      {"root", 0, 0, {0, 4, 10}, "/root"},
      {"web", 1000, 1001, {1001, 4}, "/home/web"},
      // The entry whose name is "1000" is not what a number means: CVE-2016-3697.
      {"1000", 1000, 1001, {1001, 4}, "/home/web"},
      {"web:adm", 1000, 4, {4}, "/home/web"},
      {"web:50", 1000, 50, {50}, "/home/web"},
      {"12345", 12345, 0, {0}, "/"},
      {"12345:67", 12345, 67, {67}, "/"},
      {"nohome", 7, 8, {8}, "/"},
      {"2147483647", 2147483647, 0, {0}, "/"},
      {":adm", 0, 4, {4}, "/root"},
  };
  for (const Case& c : cases) {
    const ResolvedUser found = resolve(c.text);
    EXPECT_EQ(found.user.uid, c.uid) << c.text;
    EXPECT_EQ(found.user.gid, c.gid) << c.text;
    EXPECT_EQ(found.user.additional_gids, c.groups) << c.text;
    EXPECT_EQ(found.home, c.home) << c.text;
  }
}

TEST_F(UserTest, NothingButAPlainNumberIsANumberAndNothingBecomesRoot) {
  for (const std::string_view text : {"0x0", "1e3", " 0", "0 ", "root\n", "broken", "huge", "+0"}) {
    EXPECT_NE(error(text).find("unable to find user"), std::string::npos) << text;
  }
  for (const std::string_view text :
       {"-1", "2147483648", "4294967295", "4294967296", "18446744073709551616"}) {
    EXPECT_EQ(error(text), "uids and gids must be in range 0-2147483647") << text;
  }
}

TEST_F(UserTest, MissingNamesAreToldInDockersWords) {
  EXPECT_EQ(error("ghost"), "unable to find user ghost: no matching entries in passwd file");
  EXPECT_EQ(error("web:ghosts"), "unable to find group ghosts: no matching entries in group file");
  EXPECT_EQ(error("web", {"ghosts"}),
            "unable to find group ghosts: no matching entries in group file");
}

TEST_F(UserTest, MoreGroupsAreAddedOnce) {
  EXPECT_EQ(resolve("web", {"wheel", "4", "4242"}).user.additional_gids,
            (std::vector<std::uint32_t>{1001, 4, 10, 4242}));
}

TEST_F(UserTest, WithoutFilesNumbersStillWork) {
  fs::remove(directory_ / "etc/passwd");
  fs::remove(directory_ / "etc/group");
  EXPECT_EQ(resolve("5:6").user.gid, 6U);
  EXPECT_EQ(resolve("").home, "/");
  EXPECT_NE(error("root"), "");
}

TEST_F(UserTest, AFileThatIsNoFileOrTooLongIsAnError) {
  fs::remove(directory_ / "etc/passwd");
  ASSERT_EQ(::mkfifo((directory_ / "etc/passwd").c_str(), 0644), 0);
  EXPECT_NE(error("root").find("is not a file"), std::string::npos);
  fs::remove(directory_ / "etc/passwd");
  write("passwd", std::string((std::size_t{10} << 20U) + 1, 'x'));
  EXPECT_NE(error("root"), "");
}

TEST_F(UserTest, ALinkIsFollowedInsideTheRootOnly) {
  fs::remove(directory_ / "etc/passwd");
  make_directories(directory_ / "usr", 0755);
  write_file_atomically(directory_ / "usr/passwd", "only:x:77:77::/only:\n", 0644,
                        Durability::renamed);
  fs::create_symlink("/usr/passwd", directory_ / "etc/passwd");
  EXPECT_EQ(resolve("only").user.uid, 77U);
}

TEST_F(UserTest, AProcessTakesTheUserAndAHomeOfItsOwn) {
  oci::Process process;
  process.user.umask = 7;
  take_user(Root::open(directory_), "web", {"wheel"}, process);
  EXPECT_EQ(process.user.uid, 1000U);
  EXPECT_EQ(process.user.umask, 7U);
  EXPECT_EQ(process.env, std::vector<std::string>{"HOME=/home/web"});
}

TEST_F(UserTest, AProcessKeepsWhatItHas) {
  oci::Process process;
  process.user.uid = 1000;
  process.env = {"HOME=/mine"};
  take_user(Root::open(directory_), "", {}, process);
  EXPECT_EQ(process.user.uid, 1000U);
  EXPECT_EQ(process.env, std::vector<std::string>{"HOME=/mine"});
}

}  // namespace
}  // namespace mydock::runtime
