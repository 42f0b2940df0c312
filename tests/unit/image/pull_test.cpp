#include "image/pull.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "image/push.h"
#include "oci/manifest.h"
#include "registry/client.h"
#include "tests/unit/image/store_fixture.h"
#include "tests/unit/registry/fake_registry.h"

namespace mydock::image {
namespace {

using registry::FakeRegistry;
using testing::Contains;
using testing::HasSubstr;

class PullTest : public StoreTest {
 protected:
  registry::Repository open(registry::Access access = registry::Access::pull,
                            const std::string& name = "a") {
    return client_.open(reference(name + ":1"), {}, access, {});
  }
  oci::Reference reference(const std::string& name) const {
    return oci::Reference::parse_familiar(fake_.address() + "/" + name);
  }
  static oci::Descriptor descriptor(std::string_view type, const std::string& bytes) {
    oci::Descriptor made;
    made.media_type = type;
    made.digest = oci::sha256_of(bytes);
    made.size = static_cast<std::int64_t>(bytes.size());
    return made;
  }
  // Puts an image of these tars, gzipped, into the registry; returns its manifest.
  std::string publish(const std::string& tag, const std::vector<std::string>& tars,
                      const std::string& repository = "a") {
    const std::string config = config_of(tars);
    fake_.put_blob(config);
    oci::Manifest manifest;
    manifest.media_type = oci::media::kManifest;
    manifest.config = descriptor(oci::media::kConfig, config);
    for (const std::string& tar : tars) {
      const std::string packed = compressed(tar, archive::Compression::gzip);
      fake_.put_blob(packed);
      manifest.layers.push_back(descriptor(oci::media::kLayerGzip, packed));
    }
    const std::string text = to_json(manifest);
    fake_.put_manifest(repository, tag, manifest.media_type, text);
    return text;
  }
  Pulled pull_name(const std::string& name) {
    PullOptions options;
    options.first_wait = std::chrono::milliseconds(1);
    return pull(*store_, open(), reference(name), options, progress_, {});
  }
  std::string problem_of(const std::string& name) {
    try {
      pull_name(name);
      return "";
    } catch (const Error& error) {
      return error.message();
    }
  }
  static std::string big_tar(char fill) {
    std::string noise;  // gzip must not make it small
    std::uint32_t seed = static_cast<unsigned char>(fill);
    for (int i = 0; i < 3'000'000; ++i) {
      seed = seed * 1664525 + 1013904223;
      noise += static_cast<char>(seed >> 24);
    }
    return tar_of({{"big", noise}});
  }

  FakeRegistry fake_;
  registry::Client client_{registry::Configuration{}};
};

TEST_F(PullTest, AnImageBecomesLayersNamesAndADigest) {
  const std::string manifest = publish("1", {tar_of({{"x", "1"}}), tar_of({{"y", "2"}})});
  const Pulled pulled = pull_name("a:1");
  EXPECT_TRUE(pulled.newer);
  EXPECT_EQ(pulled.digest, oci::sha256_of(manifest));
  const ImagePtr image = store_->images.resolve(fake_.address() + "/a:1");
  EXPECT_EQ(image->digests(),
            std::vector<std::string>{fake_.address() + "/a@" + oci::sha256_of(manifest).str()});
  EXPECT_THAT(progress_.statuses, Contains("1: Pulling from a"));
  EXPECT_THAT(progress_.layers, Contains(HasSubstr("Pull complete")));
  EXPECT_FALSE(pull_name("a:1").newer);
  EXPECT_THAT(progress_.layers, Contains(HasSubstr("Already exists")));
  EXPECT_TRUE(fs::is_empty(root_ / "downloads"));
}

TEST_F(PullTest, TheHostsPlatformIsChosenFromAnIndex) {
  const std::string manifest = publish("amd64", {tar_of({{"x", "1"}})});
  const std::string index = fmt::format(
      R"({{"schemaVersion":2,"manifests":[)"
      R"({{"mediaType":"{0}","digest":"{1}","size":9,"platform":{{"os":"linux","architecture":"s390x"}}}},)"
      R"({{"mediaType":"{0}","digest":"{2}","size":{3},"platform":{{"os":"linux","architecture":"{4}"}}}}]}})",
      oci::media::kManifest, oci::sha256_of("other").str(), oci::sha256_of(manifest).str(),
      manifest.size(), oci::host_platform().architecture);
  const std::string digest = fake_.put_manifest("a", "1", std::string(oci::media::kIndex), index);
  EXPECT_EQ(pull_name("a:1").digest.str(), digest);
  EXPECT_EQ(pull_name("a@" + digest).digest.str(), digest);
  PullOptions options;
  options.platform = oci::parse_platform("linux/riscv64");
  try {
    pull(*store_, open(), reference("a:1"), options, progress_, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "no matching manifest for linux/riscv64 in the manifest list entries");
  }
}

TEST_F(PullTest, ABlobThatIsNotItsDigestIsNeverStored) {
  const std::string tar = tar_of({{"x", "1"}});
  publish("1", {tar});
  const std::string packed = compressed(tar, archive::Compression::gzip);
  std::string& blob = fake_.blobs[oci::sha256_of(packed).str()];
  blob[blob.size() / 2] = static_cast<char>(blob[blob.size() / 2] + 1);
  EXPECT_THAT(problem_of("a:1"), HasSubstr("filesystem layer verification failed for digest"));
  blob = packed + "more";
  EXPECT_THAT(problem_of("a:1"), HasSubstr("more than the expected"));
  EXPECT_EQ(store_->images.count(), 0U);
  blob = packed;
  EXPECT_EQ(problem_of("a:1"), "");
}

TEST_F(PullTest, ALayerThatIsNotWhatTheConfigSaysIsRefused) {
  const std::string right = compressed(tar_of({{"w", "0"}}), archive::Compression::gzip);
  const std::string config = config_of({tar_of({{"w", "0"}}), tar_of({{"x", "1"}})});
  const std::string packed = compressed(tar_of({{"x", "2"}}), archive::Compression::gzip);
  for (const std::string& blob : {config, right, packed}) fake_.put_blob(blob);
  oci::Manifest manifest;
  manifest.config = descriptor(oci::media::kConfig, config);
  manifest.layers = {descriptor(oci::media::kLayerGzip, right),
                     descriptor(oci::media::kLayerGzip, packed)};
  fake_.put_manifest("a", "1", std::string(oci::media::kManifest), to_json(manifest));
  EXPECT_THAT(problem_of("a:1"), HasSubstr("invalid diffID"));
  EXPECT_EQ(store_->images.count(), 0U);
  EXPECT_EQ(layer_count(), 0U);
  EXPECT_EQ(blob_count(), 0U);
}

TEST_F(PullTest, ManifestConfusionIsRefused) {
  const char* schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";
  fake_.put_manifest("a", "1", schema1, R"({"schemaVersion":1})");
  EXPECT_THAT(problem_of("a:1"), HasSubstr("schema 1 support has been removed"));
  fake_.put_manifest("a", "2", std::string(oci::media::kManifest),
                     R"({"schemaVersion":2,"manifests":[],"layers":[],"config":{}})");
  EXPECT_NE(problem_of("a:2"), "");
  fake_.put_manifest("a", "3", std::string(oci::media::kIndex),
                     R"({"schemaVersion":2,)"
                     R"("mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]})");
  EXPECT_NE(problem_of("a:3"), "");
  fake_.put_manifest("a", "4", std::string(oci::media::kManifest), "<html>");
  EXPECT_NE(problem_of("a:4"), "");
  EXPECT_THAT(problem_of("a:5"), HasSubstr("not found: manifest unknown"));
}

// Answers blobs cut off after `limit` bytes, whatever was asked for.
FakeRegistry::Hook cut_off(FakeRegistry& fake, std::size_t limit, int times) {
  auto left = std::make_shared<std::atomic<int>>(times);
  return [&fake, limit, left](http::Request& request, http::Responder& respond) {
    if (request.path().find("/blobs/") == std::string::npos || request.method() != "GET") {
      return false;
    }
    std::string bytes;
    {
      const std::lock_guard lock(fake.mutex);
      bytes = fake.blobs[request.path().substr(request.path().rfind('/') + 1)];
    }
    const std::string range = request.header("Range");
    const std::size_t start = range.empty() ? 0 : std::stoul(range.substr(6));
    if (bytes.size() - start <= limit || (*left)-- <= 0) return false;
    http::Hijacked raw = respond.hijack(fmt::format(
        "HTTP/1.1 {} X\r\nContent-Length: {}\r\nContent-Range: bytes {}-{}/{}\r\n\r\n",
        range.empty() ? 200 : 206, bytes.size() - start, start, bytes.size() - 1, bytes.size()));
    write_all(raw.socket, std::string_view(bytes).substr(start, limit));
    return true;
  };
}

TEST_F(PullTest, AConnectionThatBreaksIsTakenUpAgain) {
  publish("1", {big_tar('a')});
  fake_.hook = cut_off(fake_, 400'000, 100);
  EXPECT_EQ(problem_of("a:1"), "");
  EXPECT_THAT(progress_.layers, Contains(HasSubstr("Retrying in 1 second")));
}

TEST_F(PullTest, WhatCameBeforeARestartIsUsed) {
  publish("1", {big_tar('a')});
  fake_.hook = cut_off(fake_, 1'000'000, 1);
  PullOptions once;
  once.attempts = 1;
  EXPECT_THROW(pull(*store_, open(), reference("a:1"), once, progress_, {}), Error);
  reopen();
  fake_.hook = nullptr;
  bool resumed = false;
  fake_.hook = [&](http::Request& request, http::Responder&) {
    resumed = resumed || request.header("Range") == "bytes=1000000-";
    return false;
  };
  EXPECT_EQ(problem_of("a:1"), "");
  EXPECT_TRUE(resumed);
}

TEST_F(PullTest, ADamagedRestIsFetchedAnew) {
  const std::string tar = tar_of({{"x", "1"}});
  const std::string packed = compressed(tar, archive::Compression::gzip);
  publish("1", {tar});
  write_file_atomically(root_ / "downloads" / oci::sha256_of(packed).hex(), "damaged", 0600);
  EXPECT_EQ(problem_of("a:1"), "");
}

TEST_F(PullTest, TwoPullsOfOneLayerFetchItOnce) {
  publish("1", {big_tar('a'), tar_of({{"x", "1"}})});
  publish("2", {big_tar('a'), tar_of({{"x", "2"}})});
  const std::string shared =
      oci::sha256_of(compressed(big_tar('a'), archive::Compression::gzip)).str();
  const auto run = [&](const std::string& name) {
    NoProgress silent;
    pull(*store_, open(), reference(name), {}, silent, {});
  };
  {
    std::jthread first([&] { run("a:1"); });
    std::jthread second([&] { run("a:2"); });
  }
  EXPECT_EQ(fake_.count("GET /v2/a/blobs/" + shared), 1U);
  EXPECT_EQ(store_->images.count(), 2U);
}

TEST_F(PullTest, AStopEndsItAndLeavesNoImage) {
  publish("1", {big_tar('a')});
  std::stop_source stop;
  fake_.hook = [&](http::Request& request, http::Responder&) {
    if (request.path().find("/blobs/") != std::string::npos) stop.request_stop();
    return false;
  };
  try {
    pull(*store_, open(), reference("a:1"), {}, progress_, stop.get_token());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::cancelled);
  }
  EXPECT_EQ(store_->images.count(), 0U);
}

TEST_F(PullTest, WhatWasPulledIsPushedWithTheSameDigest) {
  const std::string manifest = publish("1", {tar_of({{"x", "1"}}), tar_of({{"y", "2"}})});
  const Pulled pulled = pull_name("a:1");
  reopen();
  fake_.blobs.clear();
  const ImagePtr image = store_->images.resolve(fake_.address() + "/a:1");
  const Pushed pushed =
      push(*store_, open(registry::Access::push), image, reference("a:2"), {}, progress_, {});
  EXPECT_EQ(pushed.digest, pulled.digest);
  EXPECT_EQ(fake_.manifests["a:2"].second, manifest);
  EXPECT_EQ(fake_.blobs.size(), 3U);
  EXPECT_THAT(progress_.layers, Contains(HasSubstr("Pushed")));
  push(*store_, open(registry::Access::push), image, reference("a:3"), {}, progress_, {});
  EXPECT_THAT(progress_.layers, Contains(HasSubstr("Layer already exists")));
  push(*store_, open(registry::Access::push, "b"), image, reference("b:1"), {}, progress_, {});
}

TEST_F(PullTest, AnUnpackedLayerIsPackedToTheSameBytesEachTime) {
  const std::string tar = tar_of({{"x", "1"}});
  const ImagePtr image = load_one(tar, fake_.address() + "/a:1");
  const auto digest = [&] {
    return push(*store_, open(registry::Access::push), image, reference("a:1"), {}, progress_, {})
        .digest;
  };
  const oci::Digest first = digest();
  fake_.blobs.clear();
  EXPECT_EQ(digest(), first);
  EXPECT_EQ(fake_.manifests["a:1"].first, oci::media::kDockerManifest);
  store_->images.remove(image->id.str(), {.force = true}, {});
  EXPECT_EQ(pull_name("a:1").image->id, image->id);
}

TEST_F(PullTest, RemovingAnImageTakesItsManifestAlong) {
  publish("1", {tar_of({{"x", "1"}})});
  const Pulled pulled = pull_name("a:1");
  store_->images.remove(fake_.address() + "/a:1", {}, {});
  EXPECT_EQ(store_->images.count(), 0U);
  EXPECT_TRUE(store_->content.list().empty());
}

}  // namespace
}  // namespace mydock::image
