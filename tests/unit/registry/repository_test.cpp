#include "registry/repository.h"

#include <gtest/gtest.h>

#include "oci/manifest.h"
#include "registry/client.h"
#include "registry/refusal.h"
#include "tests/unit/registry/fake_registry.h"

namespace mydock::registry {
namespace {

constexpr const char* kType = "application/vnd.oci.image.manifest.v1+json";

class RepositoryTest : public testing::Test {
 protected:
  Repository open(const std::string& name = "a", const Credentials& credentials = {},
                  Access access = Access::pull) {
    return client_.open(oci::Reference::parse_familiar(fake_.address() + "/" + name), credentials,
                        access, {});
  }
  static oci::Descriptor descriptor(const std::string& bytes) {
    oci::Descriptor blob;
    blob.digest = oci::sha256_of(bytes);
    blob.size = static_cast<std::int64_t>(bytes.size());
    return blob;
  }
  // What the error says; "" for none.
  template <class F>
  static std::string message_of(F&& act) {
    try {
      act();
      return "";
    } catch (const Error& error) {
      return error.message();
    }
  }

  FakeRegistry fake_;
  Client client_{Configuration{}};
};

TEST_F(RepositoryTest, AManifestIsFetchedByTagAndByDigest) {
  const std::string digest = fake_.put_manifest("a", "1", kType, "{}");
  const Document document = open().manifest("1", {});
  EXPECT_EQ(document.text, "{}");
  EXPECT_EQ(document.media_type, kType);
  EXPECT_EQ(document.digest.str(), digest);
  EXPECT_EQ(open().manifest(digest, {}).text, "{}");
  EXPECT_EQ(open().find_manifest("1", {})->digest.str(), digest);
  EXPECT_EQ(open().find_manifest("2", {}), std::nullopt);
  EXPECT_EQ(open().tags({}), std::vector<std::string>{"1"});
}

TEST_F(RepositoryTest, AManifestOfAnotherDigestIsRefused) {
  const std::string digest = fake_.put_manifest("a", "1", kType, "{}");
  fake_.manifests["a:" + digest].second = "{ }";
  EXPECT_NE(message_of([&] { open().manifest(digest, {}); }), "");
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.path() != "/v2/a/manifests/1") return false;
    respond.header("Docker-Content-Digest", "sha256:" + std::string(64, 'a'));
    respond.send(200, kType, "{}");
    return true;
  };
  EXPECT_EQ(message_of([&] { open().manifest("1", {}); }),
            "manifest verification failed for digest sha256:" + std::string(64, 'a'));
}

TEST_F(RepositoryTest, HugeDocumentsAreCutOff) {
  fake_.put_manifest("a", "1", kType, std::string(oci::kLargestDocument + 1, ' '));
  EXPECT_NE(message_of([&] { open().manifest("1", {}); }).find("longer than"), std::string::npos);
}

TEST_F(RepositoryTest, DockersWordsForWhatIsNotThere) {
  const auto explained = [&](const char* code, int status) {
    fake_.hook = [=](http::Request& request, http::Responder& respond) {
      if (request.path() == "/v2/") return false;
      respond.send(status, "",
                   fmt::format(R"({{"errors":[{{"code":"{}","message":"m"}}]}})", code));
      return true;
    };
    const auto name = oci::Reference::parse_familiar("alpine:9");
    return message_of([&] {
      try {
        open().manifest("9", {});
      } catch (const Error& error) {
        explain_pull(error, name);
      }
    });
  };
  EXPECT_EQ(explained("MANIFEST_UNKNOWN", 404),
            "manifest for alpine:9 not found: manifest unknown: m");
  EXPECT_EQ(explained("DENIED", 403),
            "pull access denied for alpine, repository does not exist or may require 'docker "
            "login': denied: m");
  EXPECT_EQ(explained("NAME_UNKNOWN", 404), "repository alpine not found: name unknown: m");
  EXPECT_EQ(explained("TOOMANYREQUESTS", 429), "toomanyrequests: m");
}

TEST_F(RepositoryTest, ABusyServerIsAskedAgain) {
  fake_.put_manifest("a", "1", kType, "{}");
  int left = 2;
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.path() == "/v2/" || left-- <= 0) return false;
    respond.header("Retry-After", "0");
    respond.send(left == 1 ? 503 : 429, "", "wait");
    return true;
  };
  EXPECT_EQ(open().manifest("1", {}).text, "{}");
  EXPECT_EQ(fake_.count("GET /v2/a/manifests/1"), 3U);
}

TEST_F(RepositoryTest, ABlobIsResumedWhereTheServerCan) {
  fake_.put_blob("0123456789");
  const oci::Descriptor blob = descriptor("0123456789");
  BlobStream stream = open().open_blob(blob, 4, {});
  EXPECT_EQ(stream.offset, 4U);
  EXPECT_EQ(stream.response.read_body(), "456789");
  fake_.ranges = false;
  EXPECT_EQ(open().open_blob(blob, 4, {}).offset, 0U);
  EXPECT_EQ(open().blob(blob, {}), "0123456789");
  fake_.blobs[blob.digest.str()] = "012345678X";
  EXPECT_NE(message_of([&] { open().blob(blob, {}); }), "");
}

TEST_F(RepositoryTest, CredentialsDoNotFollowARedirectElsewhere) {
  FakeRegistry other;
  const oci::Descriptor blob = descriptor(other.put_blob("x") == "" ? "" : "x");
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.path().find("/blobs/") == std::string::npos) return false;
    if (request.find_header("Authorization") == nullptr) {
      respond.header("WWW-Authenticate", "Basic realm=\"x\"");
      respond.send(401, "", "");
      return true;
    }
    respond.header("Location", other.url() + "/v2/b/blobs/" + blob.digest.str());
    respond.send(307, "", "");
    return true;
  };
  EXPECT_EQ(open("a", {.username = "u", .password = "p"}).blob(blob, {}), "x");
  EXPECT_EQ(fake_.authorizations, std::vector<std::string>{"Basic dTpw"});
  EXPECT_TRUE(other.authorizations.empty());
}

TEST_F(RepositoryTest, RedirectsHaveAnEndAndStayWithHttp) {
  std::string target;
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.path() == "/v2/") return false;
    respond.header("Location", target);
    respond.send(302, "", "");
    return true;
  };
  const oci::Descriptor blob = descriptor("x");
  target = "/v2/a/blobs/again";
  EXPECT_NE(message_of([&] { open().open_blob(blob, 0, {}); }).find("stopped after 10 redirects"),
            std::string::npos);
  for (const char* bad :
       {"file:///etc/passwd", "unix:///x", "http://u:p@h/", "http://169.254.1.1/x"}) {
    target = bad;
    EXPECT_NE(message_of([&] { open().open_blob(blob, 0, {}); }), "") << bad;
  }
}

TEST_F(RepositoryTest, ABlobIsPushedWholeOrInPieces) {
  const std::string bytes(20'000'000, 'x');
  const auto source = [&] { return std::make_unique<TextSource>(bytes); };
  const Repository repository = open("a", {}, Access::push);
  EXPECT_FALSE(repository.has_blob(descriptor(bytes).digest, {}));
  repository.push_blob(descriptor(bytes), source, {});
  EXPECT_TRUE(repository.has_blob(descriptor(bytes).digest, {}));
  fake_.blobs.clear();
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.method() != "PUT" || request.content_length().value_or(0) == 0) return false;
    respond.send(413, "", "");
    return true;
  };
  repository.push_blob(descriptor(bytes), source, {});
  EXPECT_TRUE(fake_.saw("PATCH "));
  EXPECT_TRUE(repository.has_blob(descriptor(bytes).digest, {}));
}

TEST_F(RepositoryTest, ABlobOfAnotherRepositoryIsMounted) {
  fake_.put_blob("x");
  const Repository repository = open("a", {}, Access::push);
  EXPECT_TRUE(repository.mount_blob(oci::sha256_of("x"), "b", {}));
  EXPECT_FALSE(repository.mount_blob(oci::sha256_of("y"), "b", {}));
  EXPECT_TRUE(fake_.saw("mount=sha256%3A"));
}

TEST_F(RepositoryTest, AServerThatHangsUpIsAskedAgainAndThenTold) {
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.path() == "/v2/") return false;
    respond.hijack("");  // and it is closed
    return true;
  };
  try {
    open().manifest("1", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::system);
    EXPECT_NE(error.message().find("EOF"), std::string::npos);
  }
  EXPECT_GE(fake_.count("GET /v2/a/manifests/1"), 3U);
}

TEST_F(RepositoryTest, AStopEndsAWait) {
  std::stop_source stop;
  fake_.hook = [&](http::Request& request, http::Responder& respond) {
    if (request.path() == "/v2/") return false;
    stop.request_stop();
    respond.header("Retry-After", "60");
    respond.send(503, "", "");
    return true;
  };
  try {
    open().manifest("1", stop.get_token());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::cancelled);
  }
}

}  // namespace
}  // namespace mydock::registry
