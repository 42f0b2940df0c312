#include "http/outbound.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/error.h"
#include "tests/unit/http/tls_server.h"

namespace mydock::http {
namespace {

class OutboundTest : public testing::Test {
 protected:
  OutboundTest() {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    ::signal(SIGPIPE, SIG_IGN);  // the test's TLS server may write to who has left
  }
  ~OutboundTest() override { fs::remove_all(folder_); }

  // The body, or what went wrong.
  static std::string get(Outbound& outbound, const std::string& url) {
    try {
      return outbound.request(parse_url(url), {}).read_body();
    } catch (const Error& error) {
      return error.message();
    }
  }
  static std::string at(const TlsServer& server, const std::string& host) {
    return "https://" + host + ":" + std::to_string(server.port()) + "/";
  }

  std::string folder_ = "/tmp/mydock-outbound-XXXXXX";
};

TEST_F(OutboundTest, ACertificateOfAGivenAuthorityIsBelieved) {
  TlsServer server(folder_, "DNS:localhost,IP:127.0.0.1");
  Outbound outbound({.authorities = {server.authority()}}, {});
  EXPECT_EQ(get(outbound, at(server, "127.0.0.1")), "hello");
  EXPECT_EQ(get(outbound, at(server, "localhost")), "hello");
}

TEST_F(OutboundTest, AnUnknownAuthorityIsNotUnlessNobodyAsks) {
  TlsServer server(folder_, "IP:127.0.0.1");
  Outbound strict({}, {});
  EXPECT_EQ(get(strict, at(server, "127.0.0.1")),
            "tls: failed to verify certificate: x509: certificate signed by unknown authority");
  Outbound insecure({.verify = false}, {});
  EXPECT_EQ(get(insecure, at(server, "127.0.0.1")), "hello");
}

TEST_F(OutboundTest, ACertificateForSomebodyElseIsRefused) {
  TlsServer server(folder_, "DNS:example.com,IP:127.0.0.9");
  Outbound outbound({.authorities = {server.authority()}}, {});
  EXPECT_EQ(get(outbound, at(server, "127.0.0.1")),
            "tls: failed to verify certificate: x509: certificate is not valid for 127.0.0.1");
  EXPECT_TRUE(get(outbound, at(server, "localhost")).find("wanted to match localhost") !=
              std::string::npos);
}

TEST_F(OutboundTest, OldTlsIsNotSpoken) {
  TlsServer server(folder_, "IP:127.0.0.1", TLS1_1_VERSION);
  Outbound outbound({.authorities = {server.authority()}, .verify = false}, {});
  EXPECT_NE(get(outbound, at(server, "127.0.0.1")).find("tls"), std::string::npos);
  EXPECT_NE(get(outbound, at(server, "127.0.0.1")), "hello");
}

TEST_F(OutboundTest, APlainServerIsToldFromATlsOne) {
  Server server([](Request&, Responder& respond) { respond.send(200, "", "hi"); });
  Fd listening = listen_tcp("127.0.0.1", 0);
  const std::string port = std::to_string(local_port(listening));
  server.listen(std::move(listening));
  Outbound outbound({}, {});
  EXPECT_EQ(get(outbound, "https://127.0.0.1:" + port + "/"),
            "http: server gave HTTP response to HTTPS client");
  EXPECT_EQ(get(outbound, "http://127.0.0.1:" + port + "/"), "hi");
}

TEST_F(OutboundTest, NobodyThereIsSaidInGosWords) {
  Fd listening = listen_tcp("127.0.0.1", 0);
  const std::string port = std::to_string(local_port(listening));
  listening.reset();
  Outbound outbound({}, {});
  EXPECT_EQ(get(outbound, "http://127.0.0.1:" + port + "/"),
            "dial tcp 127.0.0.1:" + port + ": connect: connection refused");
}

TEST_F(OutboundTest, AProxyGetsTheWholeUrlAndATunnelIsAskedFor) {
  std::string seen;
  Server proxy([&](Request& request, Responder& respond) {
    seen += std::string(request.method()) + " " + std::string(request.target()) + "\n";
    respond.send(request.method() == "CONNECT" ? 403 : 200, "", "by proxy");
  });
  Fd listening = listen_tcp("127.0.0.1", 0);
  const std::string at = "127.0.0.1:" + std::to_string(local_port(listening));
  proxy.listen(std::move(listening));
  Outbound outbound({}, {.http = at, .https = at, .none = {}});
  EXPECT_EQ(get(outbound, "http://registry.invalid/v2/"), "by proxy");
  EXPECT_EQ(get(outbound, "https://registry.invalid/v2/"), "proxyconnect tcp: 403 Forbidden");
  EXPECT_EQ(seen, "GET http://registry.invalid/v2/\nCONNECT registry.invalid:443\n");
}

TEST_F(OutboundTest, AStopEndsAWaitForAnAnswer) {
  Fd listening = listen_tcp("127.0.0.1", 0);  // accepts by the kernel, never answers
  Outbound outbound({}, {});
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  Outgoing outgoing;
  outgoing.stop = stop.get_token();
  try {
    outbound.request(parse_url("http://127.0.0.1:" + std::to_string(local_port(listening)) + "/"),
                     outgoing);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::cancelled);
  }
}

}  // namespace
}  // namespace mydock::http
