#include "daemon/dispatch.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include <thread>

#include "base/file.h"
#include "base/id.h"
#include "http/server.h"
#include "tests/unit/engine/fake_tasks.h"

namespace mydock::daemon {
namespace {

// A whole engine on a directory of the test's own, whose containers are fakes, behind its routes.
class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest() : root_(fs::temp_directory_path() / ("mydock-dispatch-" + random_hex(8))) {
    engine::EngineOptions options;
    options.data_root = root_ / "data";
    options.exec_root = root_ / "run";
    options.network.default_bridge = false;
    options.network.firewall = false;
    options.network.ip_forward = false;
    options.seccomp_profile = "unconfined";
    options.version = "9.9.9";
    options.tasks = std::make_shared<engine::FakeTasks>();
    engine_ = std::make_unique<engine::Engine>(std::move(options));
    dispatch_ = std::make_unique<Dispatch>(*engine_);
  }
  ~DispatchTest() override {
    engine_->shut_down();
    engine_.reset();
    remove_tree(root_);
  }

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
  };
  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& type = "application/json") {
    auto [client, server] = make_socketpair(SOCK_STREAM);
    const http::Handler handler = [this](http::Request& request, http::Responder& respond) {
      (*dispatch_)(request, respond);
    };
    const http::Limits limits;
    std::jthread serving([&handler, &limits, socket = std::move(server)]() mutable {
      http::serve_connection(std::move(socket), handler, limits);
    });
    std::string head = method + " " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n";
    if (!body.empty()) {
      head +=
          "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    write_all(client, head + "\r\n" + body);
    const std::string text = read_to_end(client, std::size_t{16} << 20);
    const std::size_t end = text.find("\r\n\r\n");
    return {.status = std::stoi(text.substr(9, 3)),
            .head = text.substr(0, end),
            .body = text.substr(end + 4)};
  }

  fs::path root_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Dispatch> dispatch_;
};

struct Expected {
  std::string method;
  std::string target;
  int status;
  std::string part;  // of the body
  std::string body = {};
  std::string type = "application/json";
};

TEST_F(DispatchTest, EveryAnswerHasItsStatusAndWords) {
  const std::string none = R"({"message":"No such container: nosuch"})";
  const Expected cases[] = {
      // versions
      {"GET", "/_ping", 200, "OK"},
      {"GET", "/v1.24/_ping", 200, "OK"},
      {"GET", "/v1.23/info", 400, "client version 1.23 is too old"},
      {"GET", "/v1.99/info", 400, "client version 1.99 is too new"},
      {"GET", "/v1.51/version", 200, "9.9.9"},
      {"GET", "/v9/info", 404, "page not found"},
      // routes
      {"GET", "/nothing", 404, "page not found"},
      {"PUT", "/containers/json", 404, "page not found"},
      {"GET", "/swarm", 503, "This node is not a swarm manager"},
      // containers: what is not there
      {"GET", "/containers/json", 200, "[]"},
      {"GET", "/containers/nosuch/json", 404, none},
      {"POST", "/containers/nosuch/start", 404, none},
      {"POST", "/containers/nosuch/stop", 404, none},
      {"POST", "/containers/nosuch/pause", 404, none},
      {"POST", "/containers/nosuch/restart", 404, none},
      {"POST", "/containers/nosuch/wait", 404, none},
      {"POST", "/containers/nosuch/resize?h=1&w=1", 404, none},
      {"GET", "/containers/nosuch/logs?stdout=1", 404, none},
      {"DELETE", "/containers/nosuch/logs", 404, none},
      {"GET", "/containers/nosuch/top", 404, none},
      {"GET", "/containers/nosuch/changes", 404, none},
      {"DELETE", "/containers/nosuch", 404, none},
      // containers: queries that are wrong
      {"GET", "/containers/json?limit=x", 400, "invalid syntax"},
      {"GET", "/containers/json?filters=x", 400, "invalid filter"},
      {"GET", "/containers/json?filters=%7B%22nosuch%22%3A%5B%22x%22%5D%7D", 400,
       "invalid filter 'nosuch'"},
      {"GET", "/containers/nosuch/logs", 400, "must specify at least one of 'stdout' or 'stderr'"},
      {"POST", "/containers/nosuch/rename", 400, "Neither old nor new names may be empty"},
      {"POST", "/containers/prune?filters=x", 400, "invalid filter"},
      // create: bodies that are wrong
      {"POST", "/containers/create", 400, "EOF"},
      {"POST", "/containers/create", 400, "invalid JSON", "{"},
      {"POST", "/containers/create", 400, "unsupported Content-Type", "{}", "text/plain"},
      {"POST", "/containers/create", 400, "field Image", R"({"Image":5})"},
      {"POST", "/containers/create", 404, "No such image: busybox:latest",
       R"({"Image":"busybox"})"},
      // exec
      {"GET", "/exec/nosuch/json", 404, "No such exec instance: nosuch"},
      {"POST", "/containers/nosuch/exec", 400, "EOF"},
      {"POST", "/containers/nosuch/exec", 404, none, R"({"Cmd":["true"]})"},
      // images
      {"GET", "/images/json", 200, "[]"},
      {"GET", "/images/a/b:c/json", 404, "No such image: a/b:c"},
      {"GET", "/images/UPPER/json", 400, "must be lowercase"},
      {"GET", "/images/nosuch/history", 404, "No such image: nosuch:latest"},
      {"DELETE", "/images/nosuch", 404, "No such image: nosuch:latest"},
      {"POST", "/images/nosuch/tag?repo=x", 404, "No such image: nosuch:latest"},
      {"GET", "/images/get", 400, "no image names were given"},
      {"GET", "/images/get?names=nosuch", 404, "No such image: nosuch:latest"},
      {"POST", "/images/create?fromSrc=http%3A%2F%2Fx", 501, "not implemented"},
      {"POST",
       "/images/load?platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22s390x%22%7D", 501,
       "not implemented"},
      // networks and volumes
      {"GET", "/networks", 200, "\"host\""},
      {"GET", "/networks/nosuch", 404, "network nosuch not found"},
      {"DELETE", "/networks/host", 403, "host is a pre-defined network and cannot be removed"},
      {"POST", "/networks/create", 400, "EOF"},
      {"GET", "/volumes", 200, "\"Volumes\":[]"},
      {"GET", "/volumes/nosuch", 404, "get nosuch: no such volume"},
      {"DELETE", "/volumes/nosuch", 404, "no such volume"},
      {"POST", "/volumes/create", 201, "\"Name\":\"data\"", R"({"Name":"data"})"},
      // system
      {"GET", "/info", 200, "\"ServerVersion\":\"9.9.9\""},
      {"GET", "/system/df", 200, "\"LayersSize\""},
      {"GET", "/events?since=1&until=2", 200, ""},
      {"GET", "/events?since=x", 400, ""},
  };
  for (const Expected& one : cases) {
    const Answer answer = ask(one.method, one.target, one.body, one.type);
    EXPECT_EQ(answer.status, one.status) << one.method << " " << one.target << ": " << answer.body;
    EXPECT_NE(answer.body.find(one.part), std::string::npos)
        << one.method << " " << one.target << ": " << answer.body;
  }
}

TEST_F(DispatchTest, HeadersSayWhoAnswers) {
  const std::string head = ask("GET", "/_ping").head;
  for (const char* part :
       {"Api-Version: 1.", "Server: ", "Ostype: linux", "Docker-Experimental: "}) {
    EXPECT_NE(head.find(part), std::string::npos) << part << " in\n" << head;
  }
  EXPECT_EQ(ask("HEAD", "/_ping").body, "");
}

TEST_F(DispatchTest, ErrorsAreJsonWithOneMessage) {
  const Answer answer = ask("GET", "/v1.51/containers/nosuch/json");
  EXPECT_EQ(answer.body, "{\"message\":\"No such container: nosuch\"}\n");
  EXPECT_NE(answer.head.find("Content-Type: application/json"), std::string::npos);
}

}  // namespace
}  // namespace mydock::daemon
