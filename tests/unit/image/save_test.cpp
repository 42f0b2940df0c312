#include "image/save.h"

#include "archive/tar_reader.h"
#include "oci/manifest.h"
#include "store_fixture.h"

namespace mydock::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class SaveTest : public StoreTest {
 protected:
  std::string saved(const std::vector<std::string>& names) {
    TextSink out;
    Saving(store(), names).write(out, {});
    return out.take();
  }
  static std::map<std::string, std::string> unpacked(const std::string& tar) {
    std::map<std::string, std::string> files;
    TextSource source(tar);
    archive::TarReader reader(source);
    while (const archive::Entry* entry = reader.next()) {
      if (entry->type == archive::EntryType::file) {
        const std::string name = entry->name;
        EXPECT_FALSE(files.contains(name)) << name << " is there twice";
        files[name] = reader.read_text(1 << 20);
      }
    }
    return files;
  }

  const std::string base_ = tar_of({{"a", "1"}});
  const std::string top_ = tar_of({{"b", "2"}});
};

TEST_F(SaveTest, WhatIsSavedLoadsAgainAsTheSameImages) {
  load_text(
      docker_archive({{{base_, top_}, {"app:1", "app:2"}}, {{base_}, {"base"}}, {{top_}, {}}}));
  const ImagePtr bare = images()
                            .list([] {
                              ListOptions o;
                              o.dangling = true;
                              return o;
                            }())
                            .at(0)
                            .image;
  const ImagePtr app = images().resolve("app:1");
  const std::string tar = saved({"app", "base", bare->id.str()});
  for (const Listed& listed : images().list({})) {
    images().remove(listed.image->id.str(), {true, true}, {});
  }
  ASSERT_EQ(blob_count() + layer_count(), 0U);
  load_text(tar);
  EXPECT_EQ(images().count(), 3U);
  EXPECT_THAT(images().resolve(app->id.str())->tags(), ElementsAre("app:1", "app:2"));
  EXPECT_TRUE(images().find("base"));
  EXPECT_TRUE(images().find(bare->id));
}

TEST_F(SaveTest, TheArchiveIsADockerArchiveAndAnOciLayoutOfUncompressedLayers) {
  const std::string config = config_of({base_});
  load_text(tar_of(
      {{"c.json", config},
       {"l.tar.gz", compressed(base_, archive::Compression::gzip)},
       {"manifest.json", R"([{"Config":"c.json","RepoTags":["app"],"Layers":["l.tar.gz"]}])"}}));
  auto files = unpacked(saved({"app:latest"}));
  const auto path = [](std::string_view bytes) {
    return "blobs/sha256/" + std::string(oci::sha256_of(bytes).hex());
  };
  EXPECT_EQ(files[path(base_)], base_);
  EXPECT_EQ(files[path(config)], config);
  EXPECT_EQ(files["manifest.json"],
            fmt::format(R"([{{"Config":"{}","RepoTags":["app:latest"],"Layers":["{}"]}}])",
                        path(config), path(base_)));
  EXPECT_EQ(files["oci-layout"], R"({"imageLayoutVersion":"1.0.0"})");
  const auto index = oci::parse_index(files["index.json"]);
  ASSERT_EQ(index.manifests.size(), 1U);
  EXPECT_EQ(index.manifests[0].annotations.at("io.containerd.image.name"),
            "docker.io/library/app:latest");
  const auto manifest =
      oci::parse_manifest(files["blobs/sha256/" + std::string(index.manifests[0].digest.hex())]);
  EXPECT_EQ(manifest.config.digest, oci::sha256_of(config));
  EXPECT_EQ(manifest.layers.at(0).digest, oci::sha256_of(base_));
}

TEST_F(SaveTest, TheOciHalfAloneLoadsToo) {
  const ImagePtr image = load_one(base_, "app:1");
  auto files = unpacked(saved({"app:1"}));
  files.erase("manifest.json");
  images().remove("app:1", {}, {});
  load_text(tar_of({files.begin(), files.end()}));
  EXPECT_EQ(images().resolve("app:1")->id, image->id);
}

TEST_F(SaveTest, AnIdKeepsNoName) {
  const ImagePtr image = load_one(base_, "app:1");
  EXPECT_THAT(unpacked(saved({short_id(image->id.str())}))["manifest.json"],
              HasSubstr(R"("RepoTags":null)"));
}

TEST_F(SaveTest, AnUnknownNameFailsBeforeTheFirstByte) {
  EXPECT_THROW(saved({"none"}), Error);
  EXPECT_THROW(saved({"../x"}), Error);
}

TEST_F(SaveTest, ARemovalMeanwhileDoesNotCutTheArchiveOff) {
  load_one(base_, "app:1");
  const std::vector<std::string> names = {"app:1"};
  const Saving saving(store(), names);
  images().remove("app:1", {}, {});
  TextSink out;
  saving.write(out, {});
  EXPECT_EQ(unpacked(out.text()).size(), 6U);
}

}  // namespace
}  // namespace mydock::image
