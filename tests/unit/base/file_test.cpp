#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/id.h"

namespace mydock {
namespace {

struct FileTest : ::testing::Test {
  void SetUp() override { make_directories(directory, 0700); }
  void TearDown() override { remove_tree(directory); }
  static unsigned mode(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  fs::path directory = fs::temp_directory_path() / ("mydock-t-file-" + random_hex(8));
};

TEST_F(FileTest, WrittenFileReadsBackWithItsMode) {
  for (const Durability durability : {Durability::synced, Durability::renamed}) {
    write_file_atomically(directory / "f", "hello", 0640, durability);
    EXPECT_EQ(read_file(directory / "f"), "hello");
    EXPECT_EQ(mode(directory / "f"), 0640U);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(directory), fs::directory_iterator()), 1);
}

TEST_F(FileTest, AbsentFileIsAValueOrAnError) {
  EXPECT_FALSE(find_file(directory / "none"));
  try {
    read_file(directory / "none");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::system);
    EXPECT_EQ(error.error_number(), ENOENT);
    EXPECT_EQ(error.message(),
              "open " + (directory / "none").native() + ": No such file or directory");
  }
}

TEST_F(FileTest, FileBeyondTheLimitIsInvalid) {
  write_file_atomically(directory / "f", "12345", 0600, Durability::renamed);
  EXPECT_EQ(read_file(directory / "f", 5), "12345");
  EXPECT_THROW(read_file(directory / "f", 4), Error);
}

TEST_F(FileTest, MadeDirectoriesHaveTheModeWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  make_directories(directory / "a/b/c", 0755);
  ::umask(before);
  EXPECT_EQ(mode(directory / "a"), 0755U);
  EXPECT_EQ(mode(directory / "a/b/c"), 0755U);
  make_directories(directory / "a/b/c", 0700);
  EXPECT_EQ(mode(directory / "a/b/c"), 0755U);
}

TEST_F(FileTest, RemovedTreeTakesNothingElseWithIt) {
  make_directories(directory / "kept", 0700);
  write_file_atomically(directory / "kept/file", "x", 0600, Durability::renamed);
  fs::path deep = directory / "tree";
  for (int i = 0; i < 300; ++i) deep /= "d";
  fs::create_directories(deep);
  fs::create_directory_symlink(directory / "kept", directory / "tree/link");
  remove_tree(directory / "tree");
  EXPECT_FALSE(fs::exists(directory / "tree"));
  EXPECT_TRUE(fs::exists(directory / "kept/file"));
  remove_tree(directory / "tree");  // an absent one is fine
}

TEST_F(FileTest, StagedDirectoryAppearsWholeOrNotAtAll) {
  const fs::path wanted = directory / "final";
  make_directories(directory / "staging", 0700);
  {
    const StagedDirectory dropped(directory / "staging", wanted);
    write_file_atomically(dropped.path() / "f", "x", 0600);
  }
  EXPECT_FALSE(fs::exists(wanted));
  EXPECT_TRUE(fs::is_empty(directory / "staging"));
  StagedDirectory staged(directory / "staging", wanted);
  write_file_atomically(staged.path() / "f", "x", 0600);
  staged.commit();
  EXPECT_EQ(read_file(wanted / "f"), "x");
}

TEST_F(FileTest, DescriptorsAreCloseOnExec) {
  const Fd file = open_file(directory, O_RDONLY | O_DIRECTORY);
  const auto [reading, writing] = make_pipe();
  const auto [left, right] = make_socketpair(1);
  const Fd copy = file.duplicate();
  for (const Fd* fd : {&file, &copy, &reading, &writing, &left, &right}) {
    EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
}

}  // namespace
}  // namespace mydock
