#include "oci/digest.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/hasher.h"

namespace mydock::oci {
namespace {

const std::string kEmpty =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(DigestTest, PartsOfAValidOne) {
  const Digest digest = Digest::parse(kEmpty);
  EXPECT_EQ(digest.algorithm(), "sha256");
  EXPECT_EQ(digest.hex(), kEmpty.substr(7));
  EXPECT_TRUE(Digest::find("sha512:" + std::string(128, 'f')));
  EXPECT_TRUE(Digest().empty());
  EXPECT_EQ(Digest().hex(), "");
}

TEST(DigestTest, AnythingElseIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("sha256:"), std::string("sha256:../../x"),
        "sha256:" + std::string(64, 'A'), "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(65, 'a'), "sha512:" + std::string(64, 'a'),
        "md5:" + std::string(32, 'a'), std::string(64, 'a'), ":" + std::string(64, 'a'),
        kEmpty + "\n", "SHA256:" + std::string(64, 'a')}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(Digest::find(text));
    EXPECT_THROW(Digest::parse(text), Error);
  }
}

TEST(HasherTest, KnownDigests) {
  EXPECT_EQ(sha256_of("").str(), kEmpty);
  EXPECT_EQ(sha256_of("abc").str(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HasherTest, PiecesMakeTheSameAsTheWhole) {
  Hasher hasher;
  hasher.add(as_bytes("a"));
  EXPECT_EQ(hasher.digest(), sha256_of("a"));
  hasher.add(as_bytes("bc"));
  EXPECT_EQ(hasher.digest(), sha256_of("abc"));
}

TEST(HasherTest, WhatPassesThroughIsHashedAndCounted) {
  TextSource text("abc");
  HashingSource source(text);
  TextSink out;
  HashingSink sink(out);
  copy(source, sink);
  EXPECT_EQ(source.digest(), sha256_of("abc"));
  EXPECT_EQ(sink.digest(), sha256_of("abc"));
  EXPECT_EQ(source.size(), 3U);
  EXPECT_EQ(out.text(), "abc");
}

TEST(HasherTest, MatchesChecksBothAlgorithms) {
  const auto is = [](std::string_view digest) {
    TextSource text("abc");
    return matches(Digest::parse(digest), text);
  };
  EXPECT_TRUE(is("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_TRUE(
      is("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
  EXPECT_FALSE(is(kEmpty));
}

TEST(HasherTest, AChainHashesItsLayersFromBelow) {
  const std::vector<DiffId> layers{{sha256_of("a")}, {sha256_of("b")}, {sha256_of("c")}};
  EXPECT_EQ(chain_id(std::span(layers).first(1)).digest, layers[0].digest);
  const Digest two = sha256_of(layers[0].str() + " " + layers[1].str());
  EXPECT_EQ(chain_id(std::span(layers).first(2)).digest, two);
  EXPECT_EQ(chain_id(layers).digest, sha256_of(two.str() + " " + layers[2].str()));
  EXPECT_THROW(chain_id({}), Error);
}

}  // namespace
}  // namespace mydock::oci
