#include "image/images.h"

#include "store_fixture.h"

namespace mydock::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ImagesTest : public StoreTest {
 protected:
  static std::string layer(const std::string& text) { return tar_of({{"file", text}}); }
  std::vector<std::string> ids(const ListOptions& options) {
    std::vector<std::string> found;
    for (const Listed& listed : images().list(options)) {
      found.push_back(listed.tags.empty() ? "<none>" : listed.tags.front());
    }
    return found;
  }
  std::string error_of(std::string_view name) {
    try {
      images().resolve(name);
    } catch (const Error& error) {
      return fmt::format("{} {}", to_string(error.kind()), error.what());
    }
    return "";
  }
};

TEST_F(ImagesTest, AnImageIsFoundByNameIdAndPrefix) {
  const ImagePtr image = load_one(layer("a"), "app:1");
  images().tag(image->id, oci::Reference::parse_familiar("app"));
  const std::string hex(image->id.hex());
  for (const std::string& text :
       {std::string("app"), std::string("app:1"), std::string("docker.io/library/app:1"),
        image->id.str(), hex, hex.substr(0, 12), "sha256:" + hex.substr(0, 12)}) {
    ASSERT_TRUE(images().find(text)) << text;
    EXPECT_EQ(images().resolve(text)->id, image->id) << text;
  }
}

TEST_F(ImagesTest, WhatIsNotThereIsNamedInDockersWords) {
  EXPECT_EQ(error_of("busybox"), "not_found No such image: busybox:latest");
  EXPECT_EQ(error_of("x/y:1"), "not_found No such image: x/y:1");
  EXPECT_EQ(error_of("sha256:" + std::string(64, '0')),
            "not_found No such image: sha256:" + std::string(64, '0'));
  EXPECT_THAT(error_of("UPPER"), HasSubstr("invalid reference format"));
  EXPECT_THAT(error_of("../x"), HasSubstr("invalid reference format"));
}

TEST_F(ImagesTest, ATagMovesAndIsRemembered) {
  const ImagePtr one = load_one(layer("a"), "one");
  const ImagePtr two = load_one(layer("b"), "two");
  const auto name = oci::Reference::parse_familiar("reg.io:5000/team/app:x");
  EXPECT_FALSE(images().tag(one->id, name));
  EXPECT_EQ(images().tag(two->id, name)->id, one->id);
  EXPECT_FALSE(images().tag(two->id, name));
  EXPECT_GT(images().resolve("two")->tagged, two->created);
  reopen();
  EXPECT_THAT(images().resolve("two")->tags(), ElementsAre("two:latest", "reg.io:5000/team/app:x"));
  EXPECT_THAT(images().resolve("one")->tags(), ElementsAre("one:latest"));
  EXPECT_THROW(images().tag(one->id, oci::Reference::parse_familiar("sha256:x")), Error);
  EXPECT_THROW(images().tag(oci::sha256_of("none"), name), Error);
}

TEST_F(ImagesTest, ARecordStaysAsItWasForWhoeverHoldsIt) {
  const ImagePtr before = load_one(layer("a"), "app");
  images().remove("app", {}, {});
  EXPECT_EQ(before->tags(), std::vector<std::string>{"app:latest"});
  EXPECT_FALSE(images().find("app"));
}

TEST_F(ImagesTest, ListFiltersAndPutsTheNewestFirst) {
  load_text(docker_archive({{{layer("a")}, {"a:1"}, "2024-01-01T00:00:00Z", {{"k", "v"}}},
                            {{layer("b")}, {"b:1", "b:2"}, "2024-01-02T00:00:00Z"},
                            {{layer("c")}, {}, "2024-01-03T00:00:00Z", {{"k", "w"}}}}));
  const auto with = [](auto change) {
    ListOptions options;
    change(options);
    return options;
  };
  const Time second = parse_rfc3339("2024-01-02T00:00:00Z").value();
  EXPECT_THAT(ids({}), ElementsAre("<none>", "b:1", "a:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.dangling = true; })), ElementsAre("<none>"));
  EXPECT_THAT(ids(with([](auto& o) { o.dangling = false; })), ElementsAre("b:1", "a:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.references = {"b:2"}; })), ElementsAre("b:2"));
  EXPECT_THAT(ids(with([](auto& o) { o.references = {"?", "x"}; })), ElementsAre("b:1", "a:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.labels = {"k"}; })), ElementsAre("<none>", "a:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.labels = {"k=v"}; })), ElementsAre("a:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.without_labels = {"k=v"}; })), ElementsAre("<none>", "b:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.before = "b:1"; })), ElementsAre("a:1"));
  EXPECT_THAT(ids(with([](auto& o) { o.since = "b:1"; })), ElementsAre("<none>"));
  EXPECT_THAT(ids(with([&](auto& o) { o.until = second; })), ElementsAre("a:1"));
  EXPECT_THROW(ids(with([](auto& o) { o.before = "none"; })), Error);
}

TEST_F(ImagesTest, HistoryGivesSizesToTheEntriesThatMadeLayers) {
  load_text(docker_archive({{{layer("12345"), layer("123")}, {"app:1"}}}));
  const auto history = images().history("app:1");
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].id, images().resolve("app:1")->id.str());
  EXPECT_THAT(history[0].tags, ElementsAre("app:1"));
  EXPECT_EQ(history[0].size, 3U);
  EXPECT_EQ(history[1].id, "<missing>");
  EXPECT_EQ(history[1].size, 5U);
  EXPECT_EQ(history[1].created_by, "ADD layer");
}

TEST_F(ImagesTest, ADamagedImageIsToldListedAndCanBeRemoved) {
  const ImagePtr image = load_one(layer("a"), "bad");
  load_one(layer("b"), "good");
  write_file_atomically(root_ / "blobs/sha256" / image->id.hex(), "{}", 0600);
  EXPECT_THAT(reopen(), ElementsAre(HasSubstr(image->id.str())));
  EXPECT_THAT(error_of("bad"), HasSubstr("is damaged"));
  EXPECT_NO_THROW(images().resolve("good"));
  EXPECT_EQ(images().list({}).size(), 2U);
  EXPECT_EQ(images().remove("bad", {}, {}).size(), 3U);
  EXPECT_THAT(reopen(), IsEmpty());
}

TEST_F(ImagesTest, ADamagedImageIsMendedByLoadingItAgain) {
  const ImagePtr image = load_one(layer("a"), "bad");
  remove_tree(root_ / "blobs/sha256" / image->id.hex());
  reopen();
  EXPECT_THAT(error_of("bad"), HasSubstr("is damaged"));
  load_one(layer("a"), "other");
  EXPECT_THAT(images().resolve("bad")->tags(), UnorderedElementsAre("bad:latest", "other:latest"));
  EXPECT_THAT(reopen(), IsEmpty());
}

}  // namespace
}  // namespace mydock::image
