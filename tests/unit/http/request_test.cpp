#include "http/request.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/error.h"
#include "http/server.h"

namespace mydock::http {
namespace {

// Runs `look` on the request that `target` makes.
void with_request(const std::string& target, const std::function<void(Request&)>& look) {
  auto [client, server] = make_socketpair(SOCK_STREAM);
  write_all(client, "GET " + target + " HTTP/1.1\r\nX-One: 1\r\nx-one: 2\r\n\r\n");
  ::shutdown(client.get(), SHUT_WR);
  const Handler handler = [&](Request& request, Responder& respond) {
    look(request);
    respond.send_status(204);
  };
  serve_connection(std::move(server), handler, {});
}

TEST(RequestTest, AFlagIsFalseForFiveWordsAndTrueForAllOthers) {
  for (const char* word : {"", "0", "no", "false", "none", "False", "%20NO%20"}) {
    with_request(std::string("/?f=") + word,
                 [&](Request& request) { EXPECT_FALSE(request.query_flag("f", true)) << word; });
  }
  for (const char* word : {"1", "True", "yes", "t", "2", "x"}) {
    with_request(std::string("/?f=") + word,
                 [&](Request& request) { EXPECT_TRUE(request.query_flag("f")) << word; });
  }
  with_request("/", [](Request& request) {
    EXPECT_TRUE(request.query_flag("f", true));
    EXPECT_FALSE(request.query_flag("f"));
  });
}

TEST(RequestTest, IntegersAreStrict) {
  with_request("/?a=5&b=-1&c=x&d=99999999999999999999&e=", [](Request& request) {
    EXPECT_EQ(request.query_integer("a"), 5);
    EXPECT_EQ(request.query_integer("b"), -1);
    EXPECT_THROW(request.query_integer("c"), Error);
    EXPECT_THROW(request.query_integer("d"), Error);
    EXPECT_EQ(request.query_integer("e"), std::nullopt);
    EXPECT_EQ(request.query_integer("missing"), std::nullopt);
  });
}

TEST(RequestTest, RepeatedKeysFormAListAndTheFirstWins) {
  with_request("/?t=a&t=b", [](Request& request) {
    EXPECT_EQ(request.query("t"), "a");
    EXPECT_EQ(request.query_all("t"), (std::vector<std::string>{"a", "b"}));
  });
}

TEST(RequestTest, HeaderNamesIgnoreCase) {
  with_request("/", [](Request& request) {
    EXPECT_EQ(request.header("x-ONE"), "1");
    EXPECT_EQ(request.header("other"), "");
  });
}

}  // namespace
}  // namespace mydock::http
