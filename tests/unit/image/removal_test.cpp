#include "image/removal.h"

#include "image/import.h"
#include "store_fixture.h"

namespace mydock::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RemovalTest : public StoreTest {
 protected:
  static std::string layer(const std::string& text) { return tar_of({{"file", text}}); }
  static std::string shown(const Removed& removed) {
    switch (removed.what) {
      case Removed::What::untagged:
        return "untagged " + removed.text;
      case Removed::What::deleted_image:
        return "image " + short_id(removed.text);
      case Removed::What::deleted_layer:
        return "layer " + short_id(removed.text);
    }
    return "";
  }
  std::vector<std::string> remove(std::string_view name, bool force = false,
                                  const std::vector<ContainerUse>& uses = {},
                                  bool prune_parents = true) {
    std::vector<std::string> lines;
    for (const auto& one : images().remove(name, {force, prune_parents}, uses)) {
      lines.push_back(shown(one));
    }
    return lines;
  }
  std::string conflict(std::string_view name, bool force, const std::vector<ContainerUse>& uses) {
    try {
      images().remove(name, {force, true}, uses);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::conflict);
      return error.message();
    }
    return "";
  }
  void tag(const ImagePtr& image, std::string_view name) {
    images().tag(image->id, oci::Reference::parse_familiar(name));
  }
  static std::string line(const ImagePtr& image) { return "image " + short_id(image->id.str()); }
  static std::string layer_line(const std::string& tar) {
    return "layer " + short_id(oci::sha256_of(tar).str());
  }

  const std::string container_ = std::string(64, 'c');
};

TEST_F(RemovalTest, TheLastNameTakesTheImageAndItsLayers) {
  const ImagePtr image = load_one(layer("a"), "app:1");
  tag(image, "app:2");
  EXPECT_THAT(remove("app:2"), ElementsAre("untagged app:2"));
  EXPECT_THAT(remove("app:1"), ElementsAre("untagged app:1", line(image), layer_line(layer("a"))));
  EXPECT_EQ(images().count(), 0U);
  EXPECT_EQ(blob_count() + layer_count() + staged_count(), 0U);
  reopen();
  EXPECT_EQ(images().count(), 0U);
}

TEST_F(RemovalTest, AnIdTakesItsOnlyNameAndNeedsForceForSeveral) {
  const ImagePtr image = load_one(layer("a"), "app:1");
  tag(image, "other:1");
  const std::string id = short_id(image->id.str());
  EXPECT_EQ(conflict(id, false, {}), "conflict: unable to delete " + id +
                                         " (must be forced) - image is referenced in multiple "
                                         "repositories");
  EXPECT_THAT(remove(id, true), ElementsAre("untagged app:1", "untagged other:1", line(image),
                                            layer_line(layer("a"))));
  const ImagePtr again = load_one(layer("a"), "app:1");
  EXPECT_EQ(remove(id).size(), 3U);
}

TEST_F(RemovalTest, DigestNamesGoWithTheLastTagOfTheirRepository) {
  const ImagePtr image = load_one(layer("a"), "app:1");
  const std::string by_digest = "app@sha256:" + std::string(64, '1');
  tag(image, by_digest);
  EXPECT_THAT(image->digests(), IsEmpty());
  EXPECT_THAT(images().resolve("app:1")->digests(), ElementsAre(by_digest));
  EXPECT_EQ(images().resolve(by_digest)->id, image->id);
  EXPECT_THAT(remove("app:1"), ElementsAre("untagged app:1", "untagged " + by_digest, line(image),
                                           layer_line(layer("a"))));
}

TEST_F(RemovalTest, ContainersHoldTheirImageInDockersWords) {
  const ImagePtr image = load_one(layer("a"), "app:1");
  const std::string id = short_id(image->id.str());
  const std::string c = container_.substr(0, 12);
  const std::vector<ContainerUse> running = {{container_, image->id, true}};
  const std::vector<ContainerUse> stopped = {{container_, image->id, false}};
  const std::string by_name =
      "conflict: unable to remove repository reference \"app:1\" (must force)"
      " - container " +
      c + " is using its referenced image " + id;
  const std::string by_running = "conflict: unable to delete " + id +
                                 " (cannot be forced) - image is being used by running container " +
                                 c;
  const std::string by_stopped = "conflict: unable to delete " + id +
                                 " (must be forced) - image is being used by stopped container " +
                                 c;
  EXPECT_EQ(conflict("app:1", false, running), by_name);
  EXPECT_EQ(conflict("app:1", false, stopped), by_name);
  EXPECT_EQ(conflict(id, false, running), by_running);
  EXPECT_EQ(conflict(id, true, running), by_running);
  EXPECT_EQ(conflict(id, false, stopped), by_stopped);
  EXPECT_THAT(images().resolve(id)->tags(), ElementsAre("app:1"));
  EXPECT_THAT(remove("app:1", true, running), ElementsAre("untagged app:1"));
  EXPECT_THAT(remove(id, true, stopped), ElementsAre(line(image), layer_line(layer("a"))));
}

TEST_F(RemovalTest, ALayerUnderAContainerStaysUntilThatGoes) {
  const ImagePtr image = load_one(layer("a"), "app:1");
  store().snapshots.prepare("container", image->chain);
  EXPECT_THAT(remove("app:1", true, {{container_, image->id, false}}),
              ElementsAre("untagged app:1", line(image)));
  EXPECT_THAT(reopen(), IsEmpty());
  EXPECT_EQ(store().snapshots.mounts("container").lower.size(), 1U);
  store().snapshots.remove("container");
  EXPECT_EQ(images().collect(), 1U);
  EXPECT_EQ(layer_count() + blob_count(), 0U);
}

TEST_F(RemovalTest, AChildHoldsItsParentAndTakesItAlongWhenItGoes) {
  const ImagePtr parent = load_one(layer("a"), "parent");
  CreateOptions options;
  options.parent = parent;
  options.config = parent->config.config;
  options.name = oci::Reference::parse_familiar("child");
  TextSource diff(layer("b"));
  const ImagePtr child = create_image(store(), &diff, options, {});
  EXPECT_EQ(child->parent, parent->id);
  const std::string id = short_id(parent->id.str());
  EXPECT_EQ(conflict(id, true, {}), "conflict: unable to delete " + id +
                                        " (cannot be forced) - image has dependent child images");
  EXPECT_THAT(remove("parent"), ElementsAre("untagged parent:latest"));
  EXPECT_EQ(images().list({}).size(), 1U) << "an intermediate image is not shown";
  const auto lines = remove("child");
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[1], line(child));
  EXPECT_EQ(lines[2], line(parent));
}

TEST_F(RemovalTest, WithoutPruneTheParentStays) {
  const ImagePtr parent = load_one(layer("a"), "parent");
  CreateOptions options;
  options.parent = parent;
  const ImagePtr child = create_image(store(), nullptr, options, {});
  remove("parent");
  EXPECT_THAT(remove(child->id.str(), false, {}, false), ElementsAre(line(child)));
  EXPECT_TRUE(images().find(parent->id));
}

TEST_F(RemovalTest, SharedLayersAndBlobsStayWithTheOtherImage) {
  load_text(docker_archive({{{layer("a"), layer("b")}, {"one"}}, {{layer("a")}, {"two"}}}));
  EXPECT_EQ(remove("one").size(), 3U);
  EXPECT_EQ(layer_count(), 1U);
  EXPECT_EQ(
      read_file(fs::path(store().snapshots.layers(*images().resolve("two")->chain)[0]) / "file"),
      "a");
  const auto tar = store().layers.open_tar(store().layers.get(*images().resolve("two")->chain));
  TextSink out;
  copy(*tar, out);
  EXPECT_EQ(out.text(), layer("a"));
}

TEST_F(RemovalTest, NamesThatAreNoneAreRefused) {
  EXPECT_THROW(remove(""), Error);
  EXPECT_THROW(remove("  "), Error);
  EXPECT_THROW(remove("none"), Error);
  EXPECT_THROW(remove("../x"), Error);
}

TEST_F(RemovalTest, PruneTakesWhatHasNoTagOrWithAllWhatHasNoContainer) {
  load_text(
      docker_archive({{{layer("12345")}, {}}, {{layer("b")}, {"used"}}, {{layer("c")}, {"free"}}}));
  const std::vector<ContainerUse> uses = {{container_, images().resolve("used")->id, false}};
  PruneResult pruned = images().prune({}, uses);
  EXPECT_EQ(pruned.removed.size(), 2U);
  EXPECT_EQ(pruned.reclaimed, 5U);
  PruneOptions all;
  all.dangling = false;
  all.labels = {"none"};
  EXPECT_THAT(images().prune(all, uses).removed, IsEmpty());
  all.labels.clear();
  pruned = images().prune(all, uses);
  EXPECT_EQ(pruned.removed.size(), 3U);
  EXPECT_EQ(shown(pruned.removed[0]), "untagged free:latest");
  EXPECT_EQ(images().count(), 1U);
}

TEST_F(RemovalTest, ALeaseKeepsALayerThroughARemoval) {
  const ImagePtr image = load_one(layer("a"), "app");
  Lease lease(store().layers.pins());
  ASSERT_TRUE(store().layers.hold(lease, *image->chain));
  EXPECT_EQ(remove("app").size(), 2U);
  EXPECT_EQ(layer_count(), 1U);
  EXPECT_TRUE(store().images.add(lease, config_of({layer("a")})));
}

}  // namespace
}  // namespace mydock::image
