#include "http/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/error.h"

namespace mydock::http {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL_free>>;
using BioMethod = std::unique_ptr<BIO_METHOD, Freed<BIO_meth_free>>;

// OpenSSL's own socket BIO writes with write(2), and a closed connection would be a SIGPIPE.
BIO_METHOD* socket_method() {
  static const BioMethod method = [] {
    BioMethod made(BIO_meth_new(BIO_TYPE_SOCKET | BIO_TYPE_SOURCE_SINK, "socket"));
    BIO_meth_set_write(made.get(), [](BIO* bio, const char* bytes, int size) {
      BIO_clear_retry_flags(bio);
      const int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
      const ssize_t sent = ::send(fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
      return static_cast<int>(sent);
    });
    BIO_meth_set_read(made.get(), [](BIO* bio, char* bytes, int size) {
      BIO_clear_retry_flags(bio);
      const int fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
      const ssize_t got = ::recv(fd, bytes, static_cast<std::size_t>(size), 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
      if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
      return static_cast<int>(got);
    });
    BIO_meth_set_ctrl(made.get(), [](BIO* bio, int command, long, void*) -> long {
      if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return made;
  }();
  return method.get();
}

std::string queued_error() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// What Go's crypto/x509 says of the same certificate: people search for these words.
std::string verify_error(const SSL* session, const std::string& host) {
  const long result = SSL_get_verify_result(session);
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return "x509: certificate is not valid for any names, but wanted to match " + host;
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "x509: certificate is not valid for " + host;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "x509: certificate has expired or is not yet valid";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "x509: certificate signed by unknown authority";
    default:
      return std::string("x509: ") + X509_verify_cert_error_string(result);
  }
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(Fd socket, Session session)
      : socket_(std::move(socket)), session_(std::move(session)) {}

  const Fd& socket() const override { return socket_; }

  std::size_t read(Bytes buffer, const std::stop_token& stop, Deadline deadline) override {
    const int most = static_cast<int>(std::min<std::size_t>(buffer.size(), INT_MAX));
    for (;;) {
      ERR_clear_error();
      const int got = SSL_read(session_.get(), buffer.data(), most);
      if (got > 0) return static_cast<std::size_t>(got);
      const int error = SSL_get_error(session_.get(), got);
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      wait(error, "read from a TLS connection", stop, deadline);
    }
  }

  void write(ConstBytes bytes, const std::stop_token& stop) override {
    while (!bytes.empty()) {
      ERR_clear_error();
      const int most = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
      const int sent = SSL_write(session_.get(), bytes.data(), most);
      if (sent > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
        continue;
      }
      wait(SSL_get_error(session_.get(), sent), "write to a TLS connection", stop, {});
    }
  }

  // Session tickets make the socket readable, although nothing is there to be read.
  bool readable() override {
    ERR_clear_error();
    char byte = 0;
    const int got = SSL_peek(session_.get(), &byte, 1);
    return got > 0 || SSL_get_error(session_.get(), got) != SSL_ERROR_WANT_READ;
  }

  void shake_hands(const std::string& host, const std::stop_token& stop, Deadline deadline) {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_connect(session_.get());
      if (done == 1) return;
      const int error = SSL_get_error(session_.get(), done);
      if (error == SSL_ERROR_SSL) explain(host);
      wait(error, "TLS handshake", stop, deadline);
    }
  }

 private:
  [[noreturn]] void explain(const std::string& host) const {
    const unsigned long code = ERR_peek_error();
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
      ERR_clear_error();
      fail(Kind::system, "tls: failed to verify certificate: {}",
           verify_error(session_.get(), host));
    }
    const int reason = ERR_GET_REASON(code);
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
      ERR_clear_error();
      fail(Kind::system, "http: server gave HTTP response to HTTPS client");
    }
    fail(Kind::system, "remote error: tls: {}", queued_error());
  }

  void wait(int error, std::string_view doing, const std::stop_token& stop, Deadline deadline) {
    if (error == SSL_ERROR_SYSCALL) {
      const int saved = errno == 0 ? ECONNRESET : errno;
      throw_errno(saved, std::string(doing));
    }
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      fail(Kind::system, "{}: {}", doing, queued_error());
    }
    const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    if (!wait_for(socket_, events, stop, bounded(deadline, kIdleTime))) {
      fail(Kind::deadline, "{}: i/o timeout", doing);
    }
  }

  Fd socket_;
  Session session_;
};

}  // namespace

struct TlsContext::State {
  Context context;
  bool verify = true;
};

TlsContext::TlsContext(const TlsOptions& options) : state_(std::make_unique<State>()) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) fail(Kind::system, "set up TLS: {}", queued_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (options.verify) SSL_CTX_set_default_verify_paths(context.get());
  for (const fs::path& file : options.authorities) {
    if (SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) != 1) {
      fail(Kind::invalid, "read certificates from {}: {}", file.string(), queued_error());
    }
  }
  for (const auto& [certificate, key] : options.clients) {
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context.get()) != 1) {
      fail(Kind::invalid, "read the client certificate {} with {}: {}", certificate.string(),
           key.string(), queued_error());
    }
  }
  SSL_CTX_set_verify(context.get(), options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  state_->context = std::move(context);
  state_->verify = options.verify;
}

TlsContext::~TlsContext() = default;

std::unique_ptr<Transport> TlsContext::connect(Fd socket, const std::string& host,
                                               const std::stop_token& stop,
                                               Deadline deadline) const {
  Session session(SSL_new(state_->context.get()));
  BIO* bio = session ? BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) fail(Kind::system, "set up TLS: {}", queued_error());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket.get())));
  BIO_set_init(bio, 1);
  SSL_set_bio(session.get(), bio, bio);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(session.get(), host.c_str());
    SSL_set1_host(session.get(), host.c_str());
  }
  auto transport = std::make_unique<TlsTransport>(std::move(socket), std::move(session));
  transport->shake_hands(host, stop, deadline);
  return transport;
}

}  // namespace mydock::http
