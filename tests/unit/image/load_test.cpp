#include "image/load.h"

#include <thread>

#include "oci/manifest.h"
#include "store_fixture.h"

namespace mydock::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LoadTest : public StoreTest {
 protected:
  const std::string base_ = tar_of({{"etc/name", "base"}, {"bin/sh", "#!"}});
  const std::string top_ = tar_of({{"etc/name", "top"}});

  // An OCI layout of one image; `layer_blob` may be compressed.
  static Files layout(const std::string& layer, const std::string& layer_blob,
                      std::string_view type, const std::string& annotations) {
    const std::string config = config_of({layer});
    const auto blob = [](std::string_view bytes) {
      return "blobs/sha256/" + std::string(oci::sha256_of(bytes).hex());
    };
    const auto describe = [](std::string_view media, std::string_view bytes) {
      return fmt::format(R"("mediaType":"{}","digest":"{}","size":{})", media,
                         oci::sha256_of(bytes).str(), bytes.size());
    };
    const std::string manifest = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","config":{{{}}},"layers":[{{{}}}]}})",
        oci::media::kManifest, describe(oci::media::kConfig, config), describe(type, layer_blob));
    const std::string index =
        fmt::format(R"({{"schemaVersion":2,"manifests":[{{{},"annotations":{{{}}}}}]}})",
                    describe(oci::media::kManifest, manifest), annotations);
    return {{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
            {"index.json", index},
            {blob(manifest), manifest},
            {blob(config), config},
            {blob(layer_blob), layer_blob}};
  }
};

TEST_F(LoadTest, ADockerArchiveBecomesAnImageWithItsNamesAndLayers) {
  const auto loaded = load_text(docker_archive({{{base_, top_}, {"app:1", "app:latest"}}}));
  ASSERT_EQ(loaded.size(), 1U);
  EXPECT_THAT(loaded[0].tags, ElementsAre("app:1", "app:latest"));
  EXPECT_EQ(loaded[0].image, oci::sha256_of(config_of({base_, top_})));
  EXPECT_THAT(progress_.messages,
              ElementsAre("Loaded image: app:1\n", "Loaded image: app:latest\n"));
  EXPECT_EQ(progress_.layers.size(), 2U);

  const ImagePtr image = images().resolve("app");
  EXPECT_EQ(image->id, loaded[0].image);
  EXPECT_EQ(image->config.config.cmd, std::vector<std::string>{"/bin/sh"});
  EXPECT_EQ(image->size, 4U + 2U + 3U);
  const auto layers = store().snapshots.layers(*image->chain);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(read_file(fs::path(layers[0]) / "etc/name"), "top");
  EXPECT_EQ(read_file(fs::path(layers[1]) / "etc/name"), "base");
  EXPECT_EQ(staged_count(), 0U);
}

TEST_F(LoadTest, WhatWasLoadedIsThereAfterARestart) {
  const oci::Digest id = load_one(base_, "app:1")->id;
  EXPECT_THAT(reopen(), testing::IsEmpty());
  EXPECT_EQ(images().resolve("app:1")->id, id);
  EXPECT_EQ(layer_count(), 1U);
  EXPECT_EQ(blob_count(), 2U);
}

TEST_F(LoadTest, TheArchiveMayBeCompressed) {
  for (const auto kind : {archive::Compression::gzip, archive::Compression::zstd}) {
    const std::string tag = "app:" + std::string(to_string(kind));
    load_text(compressed(docker_archive({{{base_}, {tag}}}), kind));
    EXPECT_TRUE(images().find(tag));
  }
}

TEST_F(LoadTest, AnOciLayoutWithACompressedLayerIsLoadedByItsAnnotation) {
  const std::string blob = compressed(base_, archive::Compression::gzip);
  load_text(tar_of(layout(base_, blob, oci::media::kLayerGzip,
                          R"("io.containerd.image.name":"docker.io/library/app:2")")));
  const ImagePtr image = images().resolve("app:2");
  EXPECT_EQ(image->chain->digest, oci::sha256_of(base_));
  const Layer layer = store().layers.get(*image->chain);
  EXPECT_EQ(layer.blob, oci::sha256_of(blob));
  EXPECT_EQ(layer.tar_size, base_.size());
  const auto tar = store().layers.open_tar(layer);
  TextSink out;
  copy(*tar, out);
  EXPECT_EQ(out.text(), base_);
}

TEST_F(LoadTest, AnOciTagAloneIsNoName) {
  load_text(tar_of(
      layout(base_, base_, oci::media::kLayer, R"("org.opencontainers.image.ref.name":"latest")")));
  EXPECT_THAT(progress_.messages, ElementsAre(HasSubstr("Loaded image ID: sha256:")));
  EXPECT_EQ(images().count(), 1U);
}

TEST_F(LoadTest, LayersAreSharedAndTheSameEmptyLayerMayComeTwice) {
  const std::string empty = tar_of({});
  load_text(docker_archive({{{base_, empty, empty}, {"a"}}, {{base_, top_}, {"b"}}}));
  EXPECT_EQ(layer_count(), 4U);
  EXPECT_EQ(store().snapshots.layers(*images().resolve("a")->chain).back(),
            store().snapshots.layers(*images().resolve("b")->chain).back());
  load_text(docker_archive({{{base_, empty, empty}, {"a"}}}));
  EXPECT_EQ(layer_count(), 4U);
}

TEST_F(LoadTest, ANameMovesToTheNewImageAndThatIsSaid) {
  const ImagePtr before = load_one(base_, "app:1");
  load_one(top_, "app:1");
  EXPECT_THAT(progress_.messages,
              testing::Contains("The image app:1 already exists, renaming the old one with ID " +
                                before->id.str() + " to empty string\n"));
  EXPECT_THAT(images().resolve(before->id.str())->names, testing::IsEmpty());
}

TEST_F(LoadTest, LinksInsideTheArchiveAreFollowedThere) {
  TextSink out;
  archive::TarWriter tar(out);
  const std::string config = config_of({base_});
  tar.add_file("real/layer.tar", base_);
  archive::Entry link;
  link.name = "linked/layer.tar";
  link.type = archive::EntryType::symlink;
  link.link_name = "../real/layer.tar";
  tar.add(link);
  tar.add_file("c.json", config);
  tar.add_file("manifest.json",
               R"([{"Config":"c.json","RepoTags":["app"],"Layers":["linked/layer.tar"]}])");
  tar.finish();
  load_text(out.take());
  EXPECT_TRUE(images().find("app"));
}

TEST_F(LoadTest, TwoLoadsOfOneImageMeet) {
  const std::string archive = docker_archive({{{base_, top_}, {"app"}}});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        TextSource source(archive);
        RecordedProgress progress;
        EXPECT_NO_THROW(load(store(), source, {}, progress, {}));
      });
    }
  }
  EXPECT_EQ(images().count(), 1U);
  EXPECT_EQ(layer_count(), 2U);
  EXPECT_EQ(staged_count(), 0U);
}

struct Hostile {
  const char* name;
  std::string archive;
  const char* message;
};

TEST_F(LoadTest, BadArchivesAreRefusedAndLeaveNothing) {
  const std::string config = config_of({base_});
  const auto with_manifest = [&](const std::string& manifest) {
    return tar_of({{"c.json", config}, {"l.tar", base_}, {"manifest.json", manifest}});
  };
  Files tampered = layout(base_, base_, oci::media::kLayer, "");
  tampered.back().second[0] = 'E';
  Files missing = layout(base_, base_, oci::media::kLayer, "");
  missing.pop_back();
  const std::vector<Hostile> cases = {
      {"not a tar", "hello", "tar"},
      {"empty", "", "manifest.json"},
      {"no manifest", tar_of({{"x", "y"}}), "invalid archive: does not contain a manifest.json"},
      {"manifest is no JSON", with_manifest("{"), "manifest.json"},
      {"layer path outside", with_manifest(R"([{"Config":"c.json","Layers":["../../canary"]}])"),
       "is not in it"},
      {"absolute layer path", with_manifest(R"([{"Config":"c.json","Layers":["/etc/passwd"]}])"),
       "is not in it"},
      {"no such config", with_manifest(R"([{"Config":"../c.json","Layers":["l.tar"]}])"),
       "is not in it"},
      {"fewer layers", with_manifest(R"([{"Config":"c.json","Layers":[]}])"),
       "layers length mismatch: expected 1, got 0"},
      {"more layers", with_manifest(R"([{"Config":"c.json","Layers":["l.tar","l.tar"]}])"),
       "layers length mismatch: expected 1, got 2"},
      {"bad tag", with_manifest(R"([{"Config":"c.json","RepoTags":["../x"],"Layers":["l.tar"]}])"),
       "invalid reference format"},
      {"tag with a blank",
       with_manifest(R"([{"Config":"c.json","RepoTags":["a b"],"Layers":["l.tar"]}])"),
       "invalid reference format"},
      {"entry outside", tar_of({{"../canary", "x"}}), "canary"},
      {"two manifests", tar_of({{"manifest.json", "[]"}, {"manifest.json", "[{}]"}}),
       "manifest.json is there twice"},
      {"other layer than the DiffID says",
       tar_of({{"c.json", config},
               {"l.tar", top_},
               {"manifest.json", R"([{"Config":"c.json","Layers":["l.tar"]}])"}}),
       "invalid diffID"},
      {"tampered blob", tar_of(tampered), "has the digest"},
      {"missing blob", tar_of(missing), "is not in it"},
      {"truncated", docker_archive({{{base_}, {"app"}}}).substr(0, 2000), "tar"}};
  for (const Hostile& one : cases) {
    EXPECT_THAT(load_error(one.archive), HasSubstr(one.message)) << one.name;
    EXPECT_EQ(images().count(), 0U) << one.name;
    EXPECT_EQ(layer_count(), 0U) << one.name;
    EXPECT_EQ(staged_count(), 0U) << one.name;
  }
  EXPECT_EQ(blob_count(), 0U);
}

TEST_F(LoadTest, ImagesBeforeABadOneStay) {
  std::string archive = docker_archive({{{base_}, {"good"}}, {{top_}, {"bad"}}});
  archive.replace(archive.find("top"), 3, "TOP");
  EXPECT_THAT(load_error(archive), HasSubstr("invalid diffID"));
  EXPECT_TRUE(images().find("good"));
  EXPECT_FALSE(images().find("bad"));
  reopen();
  EXPECT_TRUE(images().find("good"));
}

TEST_F(LoadTest, ThousandsOfNamesAreAMatterOfASecond) {
  std::vector<std::string> tags;
  for (int i = 0; i < 3000; ++i) tags.push_back("app:" + std::to_string(i));
  load_text(docker_archive({{{base_}, tags}}));
  load_text(docker_archive({{{base_}, tags}}));
  reopen();
  EXPECT_EQ(images().resolve("app:2999")->names.size(), 3000U);
  EXPECT_EQ(images().remove(images().resolve("app:1")->id.str(), {true, true}, {}).size(), 3002U);
}

TEST_F(LoadTest, TooManyFilesAreRefused) {
  TextSource source(tar_of({{"a", ""}, {"b", ""}, {"c", ""}}));
  LoadOptions options;
  options.most_entries = 2;
  EXPECT_THROW(load(store(), source, options, progress_, {}), Error);
}

}  // namespace
}  // namespace mydock::image
