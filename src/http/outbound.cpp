#include "http/outbound.h"

#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "http/dial.h"

namespace mydock::http {

namespace {

constexpr std::chrono::seconds kConnectTime{30};
constexpr std::size_t kLargestConnectAnswer = std::size_t{16} << 10;

// Asks a proxy for a tunnel; what it answers is read byte by byte, as the next one is the server's.
void open_tunnel(Transport& transport, const Proxy& proxy, const Url& url,
                 const std::stop_token& stop, Deadline deadline) {
  const bool bare_v6 = url.host.find(':') != url.host.npos;
  const std::string host =
      fmt::format(fmt::runtime(bare_v6 ? "[{}]:{}" : "{}:{}"), url.host, url.port);
  std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", host);
  if (!proxy.authorization.empty()) {
    head += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
  }
  transport.write(as_bytes(head + "\r\n"), stop);
  std::string answer;
  while (!answer.ends_with("\r\n\r\n")) {
    std::array<std::byte, 1> byte{};
    if (transport.read(byte, stop, deadline) == 0 || answer.size() > kLargestConnectAnswer) {
      fail(Kind::system, "proxyconnect tcp: unexpected EOF");
    }
    answer += static_cast<char>(byte[0]);
  }
  const std::string line = answer.substr(0, answer.find("\r\n"));
  const std::size_t blank = line.find(' ');
  if (!line.starts_with("HTTP/1.") || blank == line.npos) {
    fail(Kind::system, "proxyconnect tcp: malformed HTTP response");
  }
  if (line.substr(blank + 1, 1) != "2") {
    fail(Kind::system, "proxyconnect tcp: {}", line.substr(blank + 1));
  }
}

}  // namespace

Outbound::Outbound(TlsOptions tls, ProxySettings proxies)
    : tls_(std::move(tls)), proxies_(std::move(proxies)) {}
Outbound::~Outbound() = default;

Response Outbound::request(const Url& url, Outgoing outgoing) {
  outgoing.target = url.target;
  if (const auto proxy = find_proxy(proxies_, url); proxy && !url.tls) {
    outgoing.target = url.str();  // a proxy wants to know the server, too
    if (!proxy->authorization.empty()) {
      outgoing.headers.emplace_back("Proxy-Authorization", proxy->authorization);
    }
  }
  return client_for(url)->request(outgoing);
}

std::shared_ptr<Client> Outbound::client_for(const Url& url) {
  Lock lock(mutex_);
  auto& client = clients_[url.origin()];
  if (!client) {
    client = std::make_shared<Client>(
        [this, url](const std::stop_token& stop) { return connect(url, stop); }, url.authority());
  }
  return client;
}

const TlsContext& Outbound::context() {
  Lock lock(mutex_);
  if (!context_) context_ = std::make_unique<TlsContext>(tls_);
  return *context_;
}

std::unique_ptr<Transport> Outbound::connect(const Url& url, const std::stop_token& stop) {
  const Deadline deadline = deadline_after(kConnectTime);
  if (const auto proxy = find_proxy(proxies_, url)) return connect_by(*proxy, url, stop, deadline);
  Fd socket = dial(url.host, url.port, stop, deadline);
  if (!url.tls) return plain_transport(std::move(socket));
  return context().connect(std::move(socket), url.host, stop, deadline);
}

std::unique_ptr<Transport> Outbound::connect_by(const Proxy& proxy, const Url& url,
                                                const std::stop_token& stop, Deadline deadline) {
  if (proxy.url.tls) fail(Kind::not_implemented, "proxies that are spoken to by https");
  auto transport = plain_transport(in_context(
      "proxyconnect tcp", [&] { return dial(proxy.url.host, proxy.url.port, stop, deadline); }));
  if (!url.tls) return transport;
  open_tunnel(*transport, proxy, url, stop, deadline);
  return context().connect(transport->socket().duplicate(), url.host, stop, deadline);
}

}  // namespace mydock::http
