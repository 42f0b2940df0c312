#include "image/content_store.h"

#include <sys/stat.h>

#include "store_fixture.h"

namespace mydock::image {
namespace {

using ContentStoreTest = StoreTest;

TEST_F(ContentStoreTest, WhatIsIngestedIsReadBackByItsDigest) {
  const oci::Digest digest = store().content.ingest("hello");
  EXPECT_EQ(digest, oci::sha256_of("hello"));
  EXPECT_TRUE(store().content.contains(digest));
  EXPECT_EQ(store().content.size(digest), 5U);
  EXPECT_EQ(store().content.read(digest), "hello");
  EXPECT_THAT(store().content.list(), testing::ElementsAre(digest));
  store().content.ingest("hello");
  store().content.remove(digest);
  store().content.remove(digest);
  EXPECT_FALSE(store().content.contains(digest));
  EXPECT_THROW(store().content.open(digest), Error);
}

TEST_F(ContentStoreTest, AnythingElseThanExpectedIsRefusedAndLeavesNothing) {
  const oci::Digest other = oci::sha256_of("other");
  const std::vector<std::pair<ContentStore::Expected, std::string>> cases = {
      {{other, std::nullopt}, "unexpected digest"},
      {{std::nullopt, 4}, "more than the expected 4 bytes"},
      {{std::nullopt, 6}, "unexpected size"}};
  for (const auto& [expected, message] : cases) {
    TextSource source("hello");
    try {
      store().content.ingest(source, expected, {});
      FAIL() << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid);
      EXPECT_THAT(error.what(), testing::HasSubstr(message));
    }
  }
  EXPECT_EQ(blob_count(), 0U);
  EXPECT_EQ(staged_count(), 0U);
}

TEST_F(ContentStoreTest, AStopEndsAnIngestWithNothingLeft) {
  const auto stop = std::make_unique<std::stop_source>();
  stop->request_stop();
  TextSource source("hello");
  EXPECT_THROW(store().content.ingest(source, {}, stop->get_token()), Error);
  EXPECT_EQ(staged_count(), 0U);
}

TEST_F(ContentStoreTest, ADamagedBlobIsNoticedWhenItIsRead) {
  const oci::Digest digest = store().content.ingest("hello");
  write_file_atomically(root_ / "blobs/sha256" / digest.hex(), "hellO", 0600);
  EXPECT_THROW(store().content.read(digest), Error);
}

TEST_F(ContentStoreTest, NobodyElseCanReachTheFiles) {
  store().content.ingest("hello");
  for (const char* directory : {"blobs", "blobs/sha256", "staging", "layers", "trash"}) {
    struct stat info {};
    ASSERT_EQ(::stat((root_ / directory).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700U) << directory;
  }
}

TEST_F(ContentStoreTest, ARestartDropsStagingAndBlobsThatNoRowNames) {
  store().content.ingest("nobody's");
  write_file_atomically(root_ / "staging/left", "x", 0600);
  reopen();
  EXPECT_EQ(blob_count(), 0U);
  EXPECT_EQ(staged_count(), 0U);
}

}  // namespace
}  // namespace mydock::image
