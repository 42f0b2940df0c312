#include "runtime/shim/log/remote_log.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "runtime/shim/log/make_log.h"
#include "tests/unit/runtime/shim/log/log_fixture.h"

namespace mydock::runtime::shim {

namespace {

// Stands in for a log server.
class Server {
 public:
  Server(const fs::path& path, int type) : type_(type) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    socket_ = Fd(check(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0), "make a socket"));
    check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), "bind");
    if (type == SOCK_STREAM) check(::listen(socket_.get(), 5), "listen");
  }
  explicit Server(int type) : type_(type) {  // on a loopback port
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = Fd(check(::socket(AF_INET, type | SOCK_CLOEXEC, 0), "make a socket"));
    socklen_t size = sizeof(address);
    check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), "bind");
    if (type == SOCK_STREAM) check(::listen(socket_.get(), 5), "listen");
    check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), "name");
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  const std::string& address() const { return address_; }
  // One datagram, or what a stream has now.
  std::string receive() {
    if (type_ == SOCK_STREAM && !client_) client_ = Fd(::accept(socket_.get(), nullptr, nullptr));
    std::array<char, 65536> buffer;
    const ssize_t n =
        ::recv(client_ ? client_.get() : socket_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }

 private:
  int type_;
  Fd socket_;
  Fd client_;
  std::string address_;
};

class RemoteLogTest : public LogTest {
 protected:
  LogOptions options(const std::string& driver, const std::string& network,
                     const std::string& address) {
    LogOptions options;
    options.driver = driver;
    options.remote = LogOptions::Remote{.network = network,
                                        .address = address,
                                        .format = "",
                                        .facility = 3,
                                        .tag = "tag",
                                        .hostname = "host",
                                        .fields = {"CONTAINER_NAME=web", "LABEL=two\nlines"},
                                        .non_blocking = false,
                                        .max_buffer = 1 << 20};
    return options;
  }
  std::string socket_path() const { return directory_ / "s"; }
  Loop loop_;
};

}  // namespace

TEST_F(RemoteLogTest, SyslogFormatsAreDockers) {
  ::setenv("TZ", "UTC", 1);
  const std::string pid = std::to_string(::getpid());
  const std::pair<std::string, std::string> cases[] = {
      {"", "<30>Nov 14 22:13:20 tag[" + pid + "]: hello\n"},
      {"rfc3164", "<30>Nov 14 22:13:20 host tag[" + pid + "]: hello\n"},
      {"rfc5424", "<30>1 2023-11-14T22:13:20Z host tag " + pid + " tag - hello\n"},
      {"rfc5424micro", "<30>1 2023-11-14T22:13:20.000000Z host tag " + pid + " tag - hello\n"}};
  Server server(socket_path(), SOCK_DGRAM);
  for (const auto& [format, expected] : cases) {
    LogOptions chosen = options("syslog", "unixgram", socket_path());
    chosen.remote->format = format;
    make_log(loop_, chosen)->write(Stream::out, "hello\n", kTime);
    EXPECT_EQ(server.receive(), expected) << format;
  }
}

TEST_F(RemoteLogTest, ErrorsHaveAnotherPriorityAndTheFacilityCounts) {
  Server server(socket_path(), SOCK_DGRAM);
  LogOptions chosen = options("syslog", "unixgram", socket_path());
  chosen.remote->facility = 16;
  make_log(loop_, chosen)->write(Stream::err, "x\n", kTime);
  EXPECT_EQ(server.receive().substr(0, 5), "<131>");
}

TEST_F(RemoteLogTest, EveryKindOfAddressIsReached) {
  Server udp(SOCK_DGRAM);
  Server tcp(SOCK_STREAM);
  Server stream(socket_path(), SOCK_STREAM);
  struct Case {
    std::string network;
    std::string address;
    Server& server;
  };
  for (const Case& one : {Case{"udp", udp.address(), udp}, Case{"tcp", tcp.address(), tcp},
                          Case{"unix", socket_path(), stream}}) {
    const auto log = make_log(loop_, options("syslog", one.network, one.address));
    log->write(Stream::out, "there\n", kTime);
    EXPECT_TRUE(log->idle());
    EXPECT_NE(one.server.receive().find("]: there\n"), std::string::npos) << one.network;
  }
}

TEST_F(RemoteLogTest, AServerThatIsNotThereIsAnErrorAtTheStart) {
  try {
    make_log(loop_, options("syslog", "unix", socket_path()));
    FAIL() << "connected to nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "failed to initialize logging driver: dial unix " + socket_path() +
                                   ": connect: No such file or directory");
  }
}

TEST_F(RemoteLogTest, JournaldGetsTheNativeProtocol) {
  Server server(socket_path(), SOCK_DGRAM);
  const auto log = make_log(loop_, options("journald", "unixgram", socket_path()));
  log->write(Stream::err, "hello", kTime);
  log->finish(Stream::err, kTime);
  EXPECT_EQ(server.receive(), "PRIORITY=3\nMESSAGE=hello\nCONTAINER_NAME=web\nLABEL\n" +
                                  std::string("\x09\0\0\0\0\0\0\0", 8) +
                                  "two\nlines\nSYSLOG_TIMESTAMP=2023-11-14T22:13:20Z\n"
                                  "CONTAINER_PARTIAL_MESSAGE=true\n");
}

TEST_F(RemoteLogTest, NonBlockingDropsAndCountsWhatDoesNotFit) {
  Server server(socket_path(), SOCK_STREAM);  // nobody reads
  LogOptions chosen = options("syslog", "unix", socket_path());
  chosen.remote->non_blocking = true;
  chosen.remote->max_buffer = 10'000;
  const auto log = make_log(loop_, chosen);
  const std::string line(1000, 'x');
  for (int i = 0; i < 1000; ++i) log->write(Stream::out, line + "\n", kTime);
  EXPECT_FALSE(log->full());
  EXPECT_FALSE(log->idle());
  EXPECT_GT(log->dropped(), 100'000U);
  EXPECT_EQ(log->dropped() % (line.size() + 1), 0U);
  log->abandon();
  EXPECT_TRUE(log->idle());
}

TEST_F(RemoteLogTest, BlockingIsFullUntilTheServerReads) {
  Server server(socket_path(), SOCK_STREAM);
  LogOptions chosen = options("syslog", "unix", socket_path());
  chosen.remote->max_buffer = 10'000;
  auto log = make_log(loop_, chosen);
  int changes = 0;
  log->on_change([&] { ++changes; });
  const std::string line(1000, 'x');
  int sent = 0;
  for (; !log->full() && sent < 5000; ++sent) log->write(Stream::out, line + "\n", kTime);
  ASSERT_TRUE(log->full());
  changes = 0;
  std::size_t got = 0;
  std::jthread reader([&] {
    for (std::size_t n = 1; n > 0; got += n) n = server.receive().size();
  });
  while (!log->idle()) loop_.run_once();
  EXPECT_FALSE(log->full());
  EXPECT_GT(changes, 0);
  EXPECT_EQ(log->dropped(), 0U);
  log.reset();
  reader.join();
  EXPECT_GT(got, line.size() * static_cast<std::size_t>(sent));
}

TEST_F(RemoteLogTest, ACopyIsKeptForReading) {
  Server server(socket_path(), SOCK_DGRAM);
  LogOptions chosen = options("syslog", "unixgram", socket_path());
  chosen.file = file_;
  make_log(loop_, chosen)->write(Stream::out, "kept\n", kTime);
  EXPECT_NE(server.receive().find("kept"), std::string::npos);
  EXPECT_NE(read_file(file_.path).find("kept"), std::string::npos);
}

}  // namespace mydock::runtime::shim
