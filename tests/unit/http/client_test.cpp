#include "http/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/error.h"
#include "http/server.h"

namespace mydock::http {
namespace {

class ClientTest : public testing::Test {
 protected:
  ClientTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~ClientTest() override { fs::remove_all(folder_); }
  void serve(Handler handler) {
    server_ = std::make_unique<Server>(std::move(handler));
    server_->listen(listen_unix(address().unix_path, 0600));
  }
  Address address() const { return {.unix_path = folder_ + "/s"}; }

  std::string folder_ = "/tmp/mydock-http-XXXXXX";
  std::unique_ptr<Server> server_;
};

TEST_F(ClientTest, StreamsBothBodies) {
  serve([](Request& request, Responder& respond) {
    Sink& out = respond.begin_stream(200, "application/x-tar");
    copy(request.body(), out);
  });
  std::string big;
  for (int i = 0; i < 50000; ++i) big += std::to_string(i);
  TextSource body(big.substr(0, 60000));  // fits in the socket: nobody reads while we send
  Client client(address());
  Response response = client.request({.method = "POST", .body_source = &body});
  EXPECT_EQ(response.header("content-type"), "application/x-tar");
}

TEST_F(ClientTest, AnAnswerBeforeTheBodysEndIsSeen) {
  serve([](Request&, Responder& respond) { respond.send(400, "text/plain", "no"); });
  class Endless final : public Source {
   public:
    std::size_t read(Bytes buffer) override { return buffer.size(); }
  };
  Endless body;
  Client client(address());
  Response response = client.request({.method = "PUT", .body_source = &body});
  EXPECT_EQ(response.status(), 400);
  EXPECT_EQ(response.read_body(), "no");
}

TEST_F(ClientTest, UpgradeGivesADuplexStream) {
  serve([](Request&, Responder& respond) {
    Hijacked hijacked = respond.hijack("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n");
    write_all(hijacked.socket, "got " + read_to_end(hijacked.socket, 100));
  });
  Client client(address());
  Response response = client.request(
      {.method = "POST", .headers = {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}}});
  ASSERT_EQ(response.status(), 101);
  Hijacked stream = response.hijack();
  write_all(stream.socket, "input");
  ::shutdown(stream.socket.get(), SHUT_WR);
  EXPECT_EQ(stream.pending + read_to_end(stream.socket, 100), "got input");
}

TEST_F(ClientTest, AnUnreadAnswerDoesNotDisturbTheNext) {
  serve([](Request& request, Responder& respond) {
    respond.send(200, "", std::string(100000, 'x') + request.path());
  });
  Client client(address());
  { const Response unread = client.request({.target = "/1"}); }
  EXPECT_TRUE(client.request({.target = "/2"}).read_body().ends_with("/2"));
}

TEST_F(ClientTest, NobodyThereIsUnavailable) {
  Client client(address());
  try {
    client.request({});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::unavailable);
    EXPECT_EQ(error.error_number(), ENOENT);
  }
}

TEST_F(ClientTest, AStopInterruptsTheWaitForAnAnswer) {
  serve([](Request& request, Responder& respond) {
    std::mutex mutex;
    std::condition_variable_any gone;
    std::unique_lock lock(mutex);
    gone.wait(lock, request.gone(), [] { return false; });
    respond.send_status(204);
  });
  std::stop_source stop;
  stop.request_stop();
  Client client(address());
  try {
    client.request({.stop = stop.get_token()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::cancelled);
  }
}

}  // namespace
}  // namespace mydock::http
