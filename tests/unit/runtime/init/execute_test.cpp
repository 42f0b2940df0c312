#include "runtime/init/execute.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"

namespace mydock::runtime::init {
namespace {

class ExecuteTest : public testing::Test {
 protected:
  ExecuteTest() {
    std::string name = testing::TempDir() + "execute-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    make_directories(directory_ / "first/tool", 0755);
    make_directories(directory_ / "second", 0755);
    write_file_atomically(directory_ / "first/plain", "", 0644, Durability::renamed);
    write_file_atomically(directory_ / "second/tool", "", 0755, Durability::renamed);
    write_file_atomically(directory_ / "second/plain", "", 0755, Durability::renamed);
  }
  ~ExecuteTest() override { remove_tree(directory_); }

  oci::Process process(const std::string& name) const {
    oci::Process made;
    made.args = {name};
    made.env = {"PATH=/nowhere", fmt::format("PATH={0}/first:{0}/second", directory_.string())};
    return made;
  }

  fs::path directory_;
};

TEST_F(ExecuteTest, TheFirstExecutableFileInPathIsTaken) {
  EXPECT_EQ(find_executable(process("tool")), directory_ / "second/tool") << "not a directory";
  EXPECT_EQ(find_executable(process("plain")), directory_ / "second/plain") << "not without x";
}

TEST_F(ExecuteTest, ANameWithASlashIsNotSearched) {
  EXPECT_EQ(find_executable(process((directory_ / "second/tool").string())),
            directory_ / "second/tool");
  EXPECT_THROW(find_executable(process("second/tool")), Error);
}

TEST_F(ExecuteTest, FailuresCarryTheErrnoThatDecidesTheExitCode) {
  struct Case {
    std::string name;
    int error_number;
    std::string part;
  };
  for (const Case& c :
       {Case{"missing", ENOENT, "executable file not found in $PATH"},
        Case{(directory_ / "missing").string(), ENOENT, "no such file or directory"},
        Case{directory_.string(), EACCES, "is a directory"},
        Case{(directory_ / "first/plain").string(), EACCES, "permission denied"}}) {
    try {
      find_executable(process(c.name));
      ADD_FAILURE() << c.name;
    } catch (const Error& error) {
      EXPECT_EQ(error.error_number(), c.error_number) << c.name;
      EXPECT_NE(error.message().find(c.part), std::string::npos) << error.message();
    }
  }
}

TEST_F(ExecuteTest, WithoutArgumentsOrPathThereIsNothingToExecute) {
  EXPECT_THROW(find_executable(oci::Process{}), Error);
  oci::Process pathless;
  pathless.args = {"sh"};
  EXPECT_THROW(find_executable(pathless), Error);
}

TEST(FindEnvTest, TheLastOneCountsAndNamesMatchWhole) {
  const std::vector<std::string> env = {"A=1", "AB=2", "A=3", "C", "D="};
  EXPECT_STREQ(find_env(env, "A"), "3");
  EXPECT_STREQ(find_env(env, "D"), "");
  EXPECT_EQ(find_env(env, "C"), nullptr);
  EXPECT_EQ(find_env(env, "B"), nullptr);
}

TEST(ReasonTest, IsSpelledAsGoDoes) { EXPECT_EQ(reason(EACCES), "permission denied"); }

}  // namespace
}  // namespace mydock::runtime::init
