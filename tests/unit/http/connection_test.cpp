#include "http/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/error.h"

namespace mydock::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// What a client gets for `sent`, when it then closes its sending side.
std::string talk(const Handler& handler, std::string_view sent, const Limits& limits = {}) {
  auto [client, server] = make_socketpair(SOCK_STREAM);
  std::jthread serving([&handler, &limits, socket = std::move(server)]() mutable {
    serve_connection(std::move(socket), handler, limits);
  });
  write_all(client, sent);
  ::shutdown(client.get(), SHUT_WR);
  return read_to_end(client, std::size_t{16} << 20);
}

void echo(Request& request, Responder& respond) {
  const std::string body = request.read_body();
  respond.send(200, "text/plain",
               std::string(request.method()) + " " + request.path() + " [" + body + "]");
}

TEST(ConnectionTest, AnswersARequest) {
  EXPECT_EQ(talk(echo, "GET /a%20b HTTP/1.1\r\nHost: x\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n"
            "GET /a b []");
}

TEST(ConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
  const std::string answer = talk(echo,
                                  "POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
                                  "POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nxyz\r\n1;ext=1\r\n!\r\n0\r\n\r\n"
                                  "GET /3 HTTP/1.1\r\n\r\n");
  EXPECT_LT(answer.find("POST /1 [ab]"), answer.find("POST /2 [xyz!]"));
  EXPECT_LT(answer.find("POST /2 [xyz!]"), answer.find("GET /3 []"));
  EXPECT_THAT(answer, HasSubstr("GET /3 []"));
}

TEST(ConnectionTest, ABodyThatNobodyReadIsSkipped) {
  const Handler ignore = [](Request&, Responder& respond) { respond.send_status(204); };
  const std::string answer = talk(ignore,
                                  "POST /1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /"
                                  "GET /2 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
}

TEST(ConnectionTest, MalformedRequestsGet400AndTheEnd) {
  const std::string cases[] = {
      "GET / HTTP/1.1\nHost: x\n\n",
      "GET / HTTP/2.0\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /\r\n\r\n",
      "GET /%zz HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nName : x\r\n\r\n",
      "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      std::string("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 24),
  };
  for (const std::string& text : cases) {
    const std::string answer = talk(echo, text + "GET /after HTTP/1.1\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << text;
    EXPECT_THAT(answer, testing::Not(HasSubstr("/after"))) << text;
  }
}

TEST(ConnectionTest, ABadChunkIsInvalidAndEndsTheConnection) {
  for (const char* size : {"zz", "FFFFFFFFFFFFFFFF", "-1", ""}) {
    bool invalid = false;
    const Handler read = [&](Request& request, Responder& respond) {
      try {
        request.read_body();
      } catch (const Error& error) {
        invalid = error.kind() == Kind::invalid;
      }
      respond.send(200, "", "x");
    };
    const std::string answer =
        talk(read, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(size) +
                       "\r\nabc\r\n0\r\n\r\nGET /after HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(invalid) << size;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), answer.npos) << size;
  }
}

TEST(ConnectionTest, BoundsOfAHeadAreKept) {
  const std::string line = "GET / HTTP/1.1\r\n";
  EXPECT_THAT(talk(echo, "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(talk(echo, line + "A: " + std::string(70000, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  std::string many = line;
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  EXPECT_THAT(talk(echo, many + "\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(talk(echo, line + "A: " + std::string(60000, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST(ConnectionTest, AHeadThatNeverEndsTimesOut) {
  auto [client, server] = make_socketpair(SOCK_STREAM);
  const Limits limits{.head_time = std::chrono::seconds(0)};
  write_all(client, "GET / HT");
  std::jthread serving([socket = std::move(server), &limits]() mutable {
    serve_connection(std::move(socket), echo, limits);
  });
  std::string answer(13, '\0');
  ASSERT_EQ(read_some(client, std::as_writable_bytes(std::span(answer))), 13U);
  EXPECT_EQ(answer, "HTTP/1.1 408 ");
  client.reset();
}

TEST(ConnectionTest, EachWriteToAStreamIsAChunk) {
  const Handler stream = [](Request&, Responder& respond) {
    Sink& sink = respond.begin_stream(200, "application/json");
    sink.write("one\n");
    sink.write("");
    sink.write("twelve bytes");
  };
  EXPECT_EQ(talk(stream, "GET / HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
            "\r\n4\r\none\n\r\nc\r\ntwelve bytes\r\n0\r\n\r\n");
  EXPECT_EQ(talk(stream, "GET / HTTP/1.0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
            "one\ntwelve bytes");
}

TEST(ConnectionTest, AHandlerThatThrowsGives500OrBreaksTheStream) {
  const Handler at_once = [](Request&, Responder&) { fail(Kind::system, "secret"); };
  EXPECT_THAT(talk(at_once, "GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
  const Handler late = [](Request&, Responder& respond) {
    respond.begin_stream(200, "").write("x");
    fail(Kind::system, "secret");
  };
  EXPECT_THAT(talk(late, "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
              testing::EndsWith("1\r\nx\r\n"));
}

TEST(ConnectionTest, AnEarlyRefusalReachesAClientThatStillSends) {
  const Handler refuse = [](Request&, Responder& respond) {
    respond.send(400, "text/plain", "no such thing");
  };
  const std::string heads[] = {
      "POST / HTTP/1.1\r\nContent-Length: 8388608\r\n\r\n",
      "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 8388608\r\n\r\n",
      "POST / HTTP/1.0\r\nContent-Length: 8388608\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n",
      "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 8388608\r\n\r\n",
  };
  for (const std::string& head : heads) {
    // write_all throws EPIPE where the connection was closed under it.
    const std::string answer = talk(refuse, head + std::string(std::size_t{8} << 20, 'x'));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << head;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << head;
    EXPECT_THAT(answer, testing::EndsWith("no such thing")) << head;
  }
}

TEST(ConnectionTest, AClientThatSendsWithoutEndIsNotHeardForLong) {
  auto [client, server] = make_socketpair(SOCK_STREAM);
  const Handler refuse = [](Request&, Responder& respond) { respond.send(400, "", "no"); };
  std::jthread serving([&refuse, socket = std::move(server)]() mutable {
    serve_connection(std::move(socket), refuse, {});
  });
  write_all(client, "POST / HTTP/1.1\r\nContent-Length: 8388608\r\n\r\n");
  const auto started = std::chrono::steady_clock::now();
  EXPECT_THAT(read_to_end(client, 4096), HasSubstr("400"));
  serving.join();  // it sends no more, and does not close either
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

TEST(ConnectionTest, ExpectContinueIsAnsweredAtTheFirstRead) {
  auto [client, server] = make_socketpair(SOCK_STREAM);
  std::jthread serving(
      [socket = std::move(server)]() mutable { serve_connection(std::move(socket), echo, {}); });
  write_all(client, "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  std::string interim(25, '\0');
  ASSERT_EQ(read_some(client, std::as_writable_bytes(std::span(interim))), 25U);
  EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  write_all(client, "ok");
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_THAT(read_to_end(client, 4096), HasSubstr("PUT / [ok]"));
}

TEST(ConnectionTest, HijackGivesTheSocketAndWhatCameEarly) {
  const Handler attach = [](Request& request, Responder& respond) {
    EXPECT_EQ(request.read_body(), "{}");
    Hijacked hijacked = respond.hijack("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n");
    write_all(hijacked.socket, "early=" + hijacked.pending + ";");
    write_all(hijacked.socket, "rest=" + read_to_end(hijacked.socket, 100));
  };
  EXPECT_EQ(talk(attach,
                 "POST /x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                 "Content-Length: 2\r\n\r\n{}typed"),
            "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nearly=typed;rest=");
}

TEST(ConnectionTest, WhatFollowsAHijacksHeadDoesNotComeInOnePieceWithIt) {
  const Handler attach = [](Request&, Responder& respond) {
    const Hijacked hijacked = respond.hijack("HTTP/1.1 101 UPGRADED\r\n\r\n");
    write_all(hijacked.socket, "output");
  };
  for (int i = 0; i < 100; ++i) {
    auto [client, server] = make_socketpair(SOCK_STREAM);
    std::jthread serving([&attach, socket = std::move(server)]() mutable {
      serve_connection(std::move(socket), attach, {});
    });
    write_all(client, "POST /x HTTP/1.1\r\n\r\n");
    std::string first(100, '\0');
    const std::size_t size = read_some(client, std::as_writable_bytes(std::span(first)));
    EXPECT_EQ(first.substr(0, size), "HTTP/1.1 101 UPGRADED\r\n\r\n");
    EXPECT_EQ(read_to_end(client, 100), "output");
  }
}

TEST(ConnectionTest, AHangUpStopsButAHalfCloseDoesNot) {
  auto [client, server] = make_socketpair(SOCK_STREAM);
  std::atomic<bool> asked = false;
  const Handler wait = [&](Request& request, Responder&) {
    const std::stop_token gone = request.gone();
    asked = true;
    asked.notify_all();
    EXPECT_FALSE(gone.stop_requested());
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock(mutex);
    condition.wait(lock, gone, [] { return false; });
    EXPECT_TRUE(gone.stop_requested());
  };
  std::jthread serving([&wait, socket = std::move(server)]() mutable {
    serve_connection(std::move(socket), wait, {});
  });
  write_all(client, "POST /wait HTTP/1.1\r\n\r\n");
  ::shutdown(client.get(), SHUT_WR);
  asked.wait(false);
  client.reset();
}

TEST(ConnectionTest, HeadersCannotBeSplit) {
  const Handler inject = [](Request&, Responder& respond) {
    respond.header("X-Name", "a\r\nSet-Cookie: b");
    respond.send(200, "text/plain", "");
  };
  EXPECT_THAT(talk(inject, "GET / HTTP/1.1\r\n\r\n"), HasSubstr("X-Name: aSet-Cookie: b\r\n"));
}

TEST(ConnectionTest, HeadGetsTheHeadOnly) {
  const std::string answer = talk(echo, "HEAD /x HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

}  // namespace
}  // namespace mydock::http
