#include "image/snapshots.h"

#include <sys/stat.h>

#include "store_fixture.h"

namespace mydock::image {
namespace {

class SnapshotsTest : public StoreTest {
 protected:
  oci::ChainId committed(const std::string& key, const std::optional<oci::ChainId>& parent) {
    const oci::ChainId chain{oci::sha256_of(key)};
    snapshots().prepare(key, parent);
    state::Transaction transaction(*database_);
    EXPECT_TRUE(snapshots().commit(transaction, key, chain, 7));
    transaction.commit();
    return chain;
  }
  Snapshots& snapshots() { return store().snapshots; }
};

TEST_F(SnapshotsTest, MountsOfAnActiveOneNameItsLayersFromTheTop) {
  const auto bottom = committed("bottom", std::nullopt);
  const auto top = committed("top", bottom);
  snapshots().prepare("container", top);
  const OverlayMount mount = snapshots().mounts("container");
  ASSERT_EQ(mount.lower.size(), 2U);
  EXPECT_EQ(mount.lower[0], snapshots().directory(top.str()));
  EXPECT_EQ(mount.lower[1], snapshots().directory(bottom.str()));
  EXPECT_EQ(mount.lower, snapshots().layers(top));
  EXPECT_TRUE(fs::is_directory(mount.upper));
  EXPECT_TRUE(fs::is_directory(mount.work));
  EXPECT_EQ(fs::path(mount.upper).parent_path(), fs::path(mount.work).parent_path());
  EXPECT_LE(mount.lower[0].size() - root_.native().size(), 19U) << "127 of them share 4096 bytes";
  EXPECT_THROW(snapshots().mounts(top.str()), Error) << "a layer is nobody's to write to";
}

TEST_F(SnapshotsTest, TheUpperDirectoryHasItsParentsMode) {
  const auto parent = committed("parent", std::nullopt);
  fs::permissions(snapshots().directory(parent.str()), static_cast<fs::perms>(01777));
  snapshots().prepare("container", parent);
  struct stat info {};
  ASSERT_EQ(::stat(snapshots().mounts("container").upper.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 01777U);
}

TEST_F(SnapshotsTest, PrepareRefusesATakenKeyAndAnUnknownParent) {
  snapshots().prepare("one", std::nullopt);
  EXPECT_THROW(snapshots().prepare("one", std::nullopt), Error);
  EXPECT_THROW(snapshots().prepare("two", oci::ChainId{oci::sha256_of("none")}), Error);
  EXPECT_EQ(layer_count(), 1U);
}

TEST_F(SnapshotsTest, RemoveTakesActiveOnesOnlyAndTheirFiles) {
  const auto layer = committed("layer", std::nullopt);
  snapshots().prepare("container", layer);
  write_file_atomically(fs::path(snapshots().mounts("container").upper) / "file", "x", 0600);
  EXPECT_FALSE(snapshots().remove(layer.str()));
  EXPECT_TRUE(snapshots().remove("container"));
  EXPECT_FALSE(snapshots().remove("container"));
  EXPECT_EQ(layer_count(), 1U);
  EXPECT_EQ(staged_count(), 0U);
}

TEST_F(SnapshotsTest, APreparationThatIsUndoneLeavesNoKey) {
  {
    state::Transaction transaction(*database_);
    snapshots().prepare(transaction, "container", std::nullopt);
  }
  EXPECT_THROW(snapshots().mounts("container"), Error);
  reopen();
  EXPECT_EQ(layer_count(), 0U);
}

TEST_F(SnapshotsTest, ARestartKeepsContainersAndDropsWorkThatWasCutOff) {
  snapshots().prepare("container", std::nullopt);
  snapshots().prepare(std::string(Snapshots::kTransient) + "1", std::nullopt);
  make_directories(root_ / "layers/stray/diff", 0700);
  EXPECT_THAT(reopen(), testing::IsEmpty());
  EXPECT_THAT(snapshots().active_keys(), testing::ElementsAre("container"));
  EXPECT_EQ(layer_count(), 1U);
}

TEST_F(SnapshotsTest, ALostDirectoryIsToldAndTheRestGoesOn) {
  snapshots().prepare("lost", std::nullopt);
  snapshots().prepare("kept", std::nullopt);
  remove_tree(snapshots().directory("lost").parent_path());
  EXPECT_THAT(reopen(), testing::ElementsAre(testing::HasSubstr("snapshot lost")));
  EXPECT_NO_THROW(snapshots().mounts("kept"));
  EXPECT_TRUE(snapshots().remove("lost"));
}

TEST_F(SnapshotsTest, UsageCountsAHardLinkOnce) {
  snapshots().prepare("container", std::nullopt);
  const fs::path upper = snapshots().mounts("container").upper;
  write_file_atomically(upper / "file", std::string(1000, 'x'), 0600);
  fs::create_hard_link(upper / "file", upper / "again");
  const Usage usage = snapshots().usage("container");
  EXPECT_EQ(usage.bytes, 1000U);
  EXPECT_EQ(usage.inodes, 1U);
}

}  // namespace
}  // namespace mydock::image
