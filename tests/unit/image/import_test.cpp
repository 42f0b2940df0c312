#include "image/import.h"

#include "store_fixture.h"

namespace mydock::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ImportTest : public StoreTest {
 protected:
  ImagePtr import_text(std::string tar, const ImportOptions& options = {}) {
    TextSource source(std::move(tar));
    return import_image(store(), source, options, progress_, {});
  }
  const std::string root_tar_ = tar_of({{"bin/sh", "#!"}, {"etc/passwd", "root"}});
};

TEST_F(ImportTest, ATarBecomesAnImageOfOneLayer) {
  ImportOptions options;
  options.name = oci::Reference::parse_familiar("app:1");
  options.message = "made by hand";
  options.changes = {"CMD [\"/bin/sh\"]", "env A=1 B=\"two words\""};
  const ImagePtr image = import_text(root_tar_, options);
  EXPECT_EQ(images().resolve("app:1")->id, image->id);
  EXPECT_THAT(image->tags(), ElementsAre("app:1"));
  EXPECT_EQ(image->config.os, "linux");
  EXPECT_EQ(image->config.architecture, oci::host_platform().architecture);
  EXPECT_EQ(image->config.config.cmd, std::vector<std::string>{"/bin/sh"});
  EXPECT_THAT(image->config.config.env, ElementsAre("A=1", "B=two words"));
  ASSERT_EQ(image->config.history.size(), 1U);
  EXPECT_EQ(image->config.history[0].comment, "made by hand");
  EXPECT_EQ(image->config.rootfs.diff_ids.at(0).digest, oci::sha256_of(root_tar_));
  reopen();
  EXPECT_EQ(images().resolve("app:1")->id, image->id);
}

TEST_F(ImportTest, CompressedInputHasTheSameLayer) {
  const ImagePtr plain = import_text(root_tar_);
  const ImagePtr packed = import_text(compressed(root_tar_, archive::Compression::zstd));
  EXPECT_EQ(plain->chain, packed->chain);
  EXPECT_EQ(layer_count(), 1U);
  EXPECT_EQ(packed->config.history.at(0).comment, "Imported from -");
}

TEST_F(ImportTest, ABadChangeOrTarLeavesNothing) {
  ImportOptions bad;
  bad.changes = {"RUN true"};
  EXPECT_THROW(import_text(root_tar_, bad), Error);
  EXPECT_THROW(import_text("this is no tar"), Error);
  EXPECT_THROW(import_text(root_tar_.substr(0, 513)), Error);
  bad.changes.clear();
  bad.platform = oci::Platform{"windows", "amd64", "", "", {}};
  EXPECT_THROW(import_text(root_tar_, bad), Error);
  EXPECT_EQ(images().count() + layer_count() + blob_count() + staged_count(), 0U);
}

TEST_F(ImportTest, CreatePutsALayerOnItsParent) {
  const ImagePtr parent = import_text(root_tar_);
  CreateOptions options;
  options.parent = parent;
  options.config.cmd = {"run"};
  options.author = "somebody";
  options.comment = "why";
  options.created_by = "sh";
  options.changes = {"LABEL k=v"};
  options.name = oci::Reference::parse_familiar("made");
  TextSource diff(tar_of({{"new", "x"}}));
  const ImagePtr image = create_image(store(), &diff, options, {});
  EXPECT_EQ(image->config.rootfs.diff_ids.size(), 2U);
  EXPECT_EQ(image->config.history.size(), 2U);
  EXPECT_EQ(image->config.history[1].created_by, "sh");
  EXPECT_EQ(image->config.config.labels.at("k"), "v");
  EXPECT_EQ(image->config.config.cmd, std::vector<std::string>{"run"});
  EXPECT_EQ(image->parent, parent->id);
  EXPECT_EQ(store().layers.get(*image->chain).parent, parent->chain);
  const auto history = images().history("made");
  EXPECT_EQ(history[1].id, parent->id.str());
}

TEST_F(ImportTest, CreateWithoutADiffChangesTheConfigOnly) {
  const ImagePtr parent = import_text(root_tar_);
  CreateOptions options;
  options.parent = parent;
  const ImagePtr image = create_image(store(), nullptr, options, {});
  EXPECT_EQ(image->chain, parent->chain);
  EXPECT_TRUE(image->config.history.at(1).empty_layer);
  EXPECT_NE(image->id, parent->id);
}

TEST_F(ImportTest, CreateFromNothingIsAnImageToo) {
  CreateOptions options;
  const ImagePtr image = create_image(store(), nullptr, options, {});
  EXPECT_FALSE(image->chain);
  EXPECT_EQ(images().resolve(image->id.str())->size, 0U);
}

}  // namespace
}  // namespace mydock::image
