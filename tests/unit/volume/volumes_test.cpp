#include "volume/volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "state/database.h"

namespace mydock::volume {
namespace {

using ::testing::HasSubstr;

struct VolumesTest : ::testing::Test {
  void SetUp() override {
    make_directories(directory, 0700);
    open();
  }
  void TearDown() override {
    volumes.reset();
    database.reset();
    remove_tree(directory);
  }
  void open() {
    volumes.reset();
    database.reset();
    database.emplace(directory / "state.db");
    volumes.emplace(*database, directory / "volumes");
  }
  Volume create(const std::string& name, std::map<std::string, std::string> labels = {}) {
    return volumes->create(
        {.name = name, .driver = {}, .labels = std::move(labels), .options = {}});
  }
  template <class F>
  Error refusal(F&& body) {
    try {
      body();
    } catch (const Error& error) {
      return error;
    }
    return {Kind::system, "(no error)"};
  }

  fs::path directory = fs::temp_directory_path() / ("mydock-t-volumes-" + random_hex(8));
  std::optional<state::Database> database;
  std::optional<Volumes> volumes;
};

TEST_F(VolumesTest, CreatedVolumeIsThereAfterARestart) {
  const Volume made = create("data", {{"a", "b"}});
  EXPECT_EQ(made.mountpoint, directory / "volumes/data/_data");
  EXPECT_TRUE(fs::is_directory(made.mountpoint));
  open();
  EXPECT_EQ(volumes->get("data"), made);
}

TEST_F(VolumesTest, SameNameGivesTheSameVolume) {
  const Volume made = create("data", {{"a", "b"}});
  write_file_atomically(made.mountpoint / "kept", "x", 0600);
  EXPECT_EQ(create("data", {{"other", "label"}}), made);
  EXPECT_TRUE(fs::exists(made.mountpoint / "kept"));
}

TEST_F(VolumesTest, NamelessVolumeGetsAnIdAndTheAnonymousLabel) {
  const Volume made = create("");
  EXPECT_TRUE(is_id(made.name));
  EXPECT_TRUE(made.anonymous());
  EXPECT_FALSE(create("named").anonymous());
}

TEST_F(VolumesTest, BadNamesAreRefused) {
  for (const std::string name : {"-a", "a/b", "..", ".hidden", "a b", "\xc3\xa4\xc3\xa4"}) {
    const Error error = refusal([&] { create(name); });
    EXPECT_EQ(error.kind(), Kind::invalid) << name;
    EXPECT_THAT(error.message(), HasSubstr("includes invalid characters")) << name;
  }
  EXPECT_EQ(refusal([&] { create("x"); }).kind(), Kind::invalid);
  EXPECT_EQ(refusal([&] { create(std::string(300, 'x')); }).kind(), Kind::invalid);
}

TEST_F(VolumesTest, OtherDriversAndOptionsAreRefused) {
  const auto with = [&](const std::string& driver, std::map<std::string, std::string> options) {
    return refusal([&] {
      volumes->create({.name = "vol", .driver = driver, .labels = {}, .options = options});
    });
  };
  EXPECT_EQ(with("foo", {}).message(),
            "create vol: error looking up volume plugin foo: plugin \"foo\" not found");
  EXPECT_EQ(with("foo", {}).kind(), Kind::not_found);
  EXPECT_EQ(with("local", {{"x", "1"}}).message(), "create vol: invalid option: \"x\"");
  EXPECT_THAT(with("local", {{"type", "nfs"}}).message(),
              HasSubstr("missing required option: \"device\""));
  EXPECT_EQ(with("local", {{"size", "10m"}}).kind(), Kind::not_implemented);
  EXPECT_FALSE(volumes->find("vol"));
}

TEST_F(VolumesTest, RemovedVolumeIsGoneWithItsData) {
  const Volume made = create("data");
  volumes->remove("data", {}, false);
  EXPECT_FALSE(volumes->find("data"));
  EXPECT_FALSE(fs::exists(made.mountpoint));
  open();
  EXPECT_FALSE(volumes->find("data"));
}

TEST_F(VolumesTest, VolumeInUseStays) {
  create("data");
  const Error error = refusal([&] { volumes->remove("data", {"id1", "id2"}, true); });
  EXPECT_EQ(error.kind(), Kind::conflict);
  EXPECT_EQ(error.message(), "remove data: volume is in use - [id1, id2]");
  EXPECT_TRUE(volumes->find("data"));
}

TEST_F(VolumesTest, AbsentVolumeIsNotFoundUnlessForced) {
  const Error error = refusal([&] { volumes->remove("nope", {}, false); });
  EXPECT_EQ(error.kind(), Kind::not_found);
  EXPECT_EQ(error.message(), "get nope: no such volume");
  volumes->remove("nope", {}, true);
}

TEST_F(VolumesTest, RemovalThatACrashCutShortIsFinishedAtTheStart) {
  create("data");
  fs::rename(directory / "volumes/data", directory / "volumes/.removing/data");
  open();
  EXPECT_FALSE(volumes->find("data"));
  EXPECT_FALSE(fs::exists(directory / "volumes/.removing/data"));
}

TEST_F(VolumesTest, DriverOptionsAreKept) {
  const std::map<std::string, std::string> options{
      {"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m"}};
  volumes->create({.name = "ram", .driver = {}, .labels = {}, .options = options});
  open();
  EXPECT_EQ(volumes->get("ram").options, options);
}

TEST_F(VolumesTest, HeldVolumeIsNotRemoved) {
  create("data");
  {
    const Volumes::Hold first = volumes->hold("data");
    const Volumes::Hold second = volumes->hold("data");
    EXPECT_EQ(refusal([&] { volumes->remove("data", {}, false); }).kind(), Kind::conflict);
  }
  // Users are asked when nobody can come to hold it any more.
  volumes->remove_unless_used(
      "data",
      [&] {
        EXPECT_EQ(refusal([&] { static_cast<void>(volumes->hold("data")); }).kind(),
                  Kind::conflict);
        return std::vector<std::string>{};
      },
      false);
  EXPECT_FALSE(volumes->find("data"));
  create("data");
  EXPECT_EQ(refusal([&] {
              volumes->remove_unless_used(
                  "data", [] { return std::vector<std::string>{"id1"}; }, false);
            }).message(),
            "remove data: volume is in use - [id1]");
  static_cast<void>(volumes->hold("data"));  // the claim is given back
}

TEST_F(VolumesTest, ManyFillAVolumeOnce) {
  const Volume volume = create("data");
  std::atomic<int> copies = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      volumes->fill(volume, [&] {
        ++copies;
        write_file_atomically(volume.mountpoint / "file", "x", 0600);
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(copies, 1);
}

TEST_F(VolumesTest, HalfOfACopyIsTakenAwayAgain) {
  const Volume volume = create("data");
  const auto half = [&] { write_file_atomically(volume.mountpoint / "half", "x", 0600); };
  EXPECT_EQ(refusal([&] {
              volumes->fill(volume, [&] {
                half();
                fail(Kind::system, "on purpose");
              });
            }).message(),
            "on purpose");
  EXPECT_TRUE(fs::is_empty(volume.mountpoint));
  // A crash leaves the mark, and the next start what it marks.
  half();
  make_directories(directory / "volumes/.filling", 0700);
  write_file_atomically(directory / "volumes/.filling/data", "", 0600);
  open();
  EXPECT_TRUE(fs::is_empty(volume.mountpoint));
  half();
  open();
  EXPECT_FALSE(fs::is_empty(volume.mountpoint));
}

}  // namespace
}  // namespace mydock::volume
