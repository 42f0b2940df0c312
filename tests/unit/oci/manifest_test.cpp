#include "oci/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/image_config.h"

namespace mydock::oci {
namespace {

const std::string kHex(64, 'a');
const std::string kDigest = "\"sha256:" + kHex + "\"";
const std::string kDescriptor =
    R"({"mediaType":"application/vnd.oci.image.config.v1+json","digest":)" + kDigest +
    R"(,"size":7})";
const std::string kManifest =
    R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":[)" + kDescriptor + "]}";
const std::string kIndex = R"({"schemaVersion":2,"manifests":[)" + kDescriptor + "]}";

std::string refusal(std::string_view text, std::string_view type = {}) {
  try {
    parse_document(text, type);
  } catch (const Error& error) {
    return error.kind() == Kind::invalid ? error.what() : "another kind";
  }
  return "accepted";
}

TEST(ManifestTest, AManifestAndAnIndexAreToldApart) {
  EXPECT_EQ(parse_manifest(kManifest).layers.size(), 1U);
  EXPECT_EQ(parse_manifest(kManifest, media::kDockerManifest).config.size, 7);
  EXPECT_EQ(parse_index(kIndex, media::kIndex).manifests.size(), 1U);
  EXPECT_THROW(parse_manifest(kIndex), Error);
  EXPECT_THROW(parse_index(kManifest), Error);
}

TEST(ManifestTest, WritingAndReadingGivesTheSame) {
  const Manifest manifest = parse_manifest(kManifest);
  EXPECT_EQ(parse_manifest(to_json(manifest)), manifest);
  const Index index = parse_index(kIndex);
  EXPECT_EQ(parse_index(to_json(index)), index);
}

TEST(ManifestTest, AmbiguousAndBrokenDocumentsAreRefused) {
  std::string many;
  for (int i = 0; i < 128; ++i) many += (i > 0 ? "," : "") + kDescriptor;
  const std::string oci(media::kManifest);
  struct Case {
    std::string name, text, type, message;
  };
  const std::vector<Case> cases = {
      {"both", R"({"schemaVersion":2,"manifests":[],"config":)" + kDescriptor + R"(,"layers":[]})",
       "", "both"},
      {"both, in other letters", R"({"schemaVersion":2,"manifests":[],"Layers":[]})", "", "both"},
      {"neither", R"({"schemaVersion":2})", "", "neither"},
      {"schema 1", R"({"schemaVersion":1,"fsLayers":[]})", "", "schema 1"},
      {"schemaVersion 3", R"({"schemaVersion":3,"manifests":[]})", "", "schemaVersion"},
      {"no JSON", "<html>", "", ""},
      {"a list", "[]", "", "not a JSON object"},
      {"types differ",
       R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":)" +
           kDescriptor + R"(,"layers":[]})",
       oci, "was given as"},
      {"an index given as a manifest", kIndex, oci, "does not hold"},
      {"a manifest given as an index", kManifest, std::string(media::kIndex), "does not hold"},
      {"another type", kManifest, "text/html", "neither"},
      {"no digest", R"({"schemaVersion":2,"config":{"size":1},"layers":[]})", "", "no digest"},
      {"bad digest",
       R"({"schemaVersion":2,"config":{"digest":"sha256:../../x","size":1},"layers":[]})", "",
       "invalid digest"},
      {"negative size",
       R"({"schemaVersion":2,"config":{"digest":)" + kDigest + R"(,"size":-1},"layers":[]})", "",
       "negative size"},
      {"128 layers",
       R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":[)" + many + "]}", "",
       "128 layers"},
      {"too large", std::string(kLargestDocument + 1, ' '), "", "larger than"},
      {"deep", std::string(10'000, '['), "", ""},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    const std::string message = refusal(test.text, test.type);
    EXPECT_NE(message, "accepted");
    EXPECT_THAT(message, testing::HasSubstr(test.message));
  }
}

TEST(ManifestTest, AttestationsAreNoImages) {
  Descriptor entry;
  EXPECT_TRUE(is_image_entry(entry));
  entry.platform = Platform{"unknown", "unknown", "", "", {}};
  EXPECT_FALSE(is_image_entry(entry));
  entry.platform = Platform{"linux", "amd64", "", "", {}};
  EXPECT_TRUE(is_image_entry(entry));
  entry.annotations[std::string(kAttestationKey)] = "attestation-manifest";
  EXPECT_FALSE(is_image_entry(entry));
}

TEST(ImageConfigTest, DockersConfigIsRead) {
  const ImageConfig config = parse_image_config(
      R"({"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05.5Z","config":{
        "User":"1000","ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Entrypoint":null,"Cmd":["sh"],
        "Volumes":{"/data":{}},"WorkingDir":"/w","Labels":{"k":"v"},"StopSignal":"SIGINT",
        "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000,"Retries":3}},
        "rootfs":{"type":"layers","diff_ids":[)" +
      kDigest + R"(]},
        "history":[{"created":"2024-01-02T03:04:05Z","created_by":"sh","empty_layer":true}]})");
  EXPECT_EQ(config.config.user, "1000");
  EXPECT_TRUE(config.config.exposed_ports.contains("80/tcp"));
  EXPECT_TRUE(config.config.entrypoint.empty());
  EXPECT_EQ(config.config.healthcheck->retries, 3);
  EXPECT_EQ(config.rootfs.diff_ids.at(0).digest.hex(), kHex);
  EXPECT_TRUE(config.history.at(0).empty_layer);
  EXPECT_EQ(parse_image_config(to_json(config)), config);
}

TEST(ImageConfigTest, WhatLaterCodeReliesOnIsChecked) {
  const auto with = [](std::string_view config, std::string_view rest = "") {
    return fmt::format(R"({{"architecture":"amd64","config":{}{}}})", config, rest);
  };
  struct Case {
    std::string name, text, message;
  };
  const std::vector<Case> cases = {
      {"no architecture", "{}", "architecture"},
      {"NUL in the user", with(R"({"User":"root\u0000"})"), "User holds a NUL"},
      {"NUL in the environment", with(R"({"Env":["A=\u0000"]})"), "Env holds a NUL"},
      {"NUL in a volume", with(R"({"Volumes":{"/a\u0000":{}}})"), "Volumes holds a NUL"},
      {"rootfs type", with("{}", R"(,"rootfs":{"type":"zip"})"), "rootfs type"},
      {"empty diff_id", with("{}", R"(,"rootfs":{"type":"layers","diff_ids":[""]})"), "diff_id"},
      {"bad diff_id", with("{}", R"(,"rootfs":{"type":"layers","diff_ids":["sha256:x"]})"),
       "digest"},
      {"wrong type", with(R"({"Env":"A=b"})"), "Env"},
      {"too large", with("{}") + std::string(kLargestDocument, ' '), "larger than"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    try {
      parse_image_config(test.text);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid);
      EXPECT_THAT(error.what(), testing::HasSubstr(test.message));
    }
  }
  EXPECT_EQ(parse_image_config(with("{}")).os, "linux");
}

}  // namespace
}  // namespace mydock::oci
