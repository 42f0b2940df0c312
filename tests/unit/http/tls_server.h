#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>
#include <thread>

#include "base/fd.h"
#include "http/server.h"

namespace mydock::http {

// A TLS server on loopback that answers each connection once with a fixed text. Its certificate is
// of its own authority, for the names in `names` ("DNS:a,IP:127.0.0.1").
class TlsServer {
 public:
  TlsServer(const fs::path& folder, const std::string& names, int most_version = TLS1_3_VERSION)
      : authority_file_(folder / "ca.crt"), listening_(listen_tcp("127.0.0.1", 0)) {
    key_ = EVP_EC_gen("P-256");
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    add(NID_basic_constraints, "CA:TRUE");
    add(NID_subject_alt_name, names.c_str());
    X509_sign(certificate_, key_, EVP_sha256());
    BIO* file = BIO_new_file(authority_file_.c_str(), "w");
    PEM_write_bio_X509(file, certificate_);
    BIO_free(file);
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, most_version);
    SSL_CTX_use_certificate(context_, certificate_);
    SSL_CTX_use_PrivateKey(context_, key_);
    thread_ = std::thread([this] { serve(); });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
    SSL_CTX_free(context_);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  std::uint16_t port() const { return local_port(listening_); }
  const fs::path& authority() const { return authority_file_; }
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

 private:
  void add(int kind, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    ASSERT_NE(extension, nullptr);
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
  }
  void serve() {
    for (;;) {
      const Fd client(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) return;
      SSL* session = SSL_new(context_);
      SSL_set_fd(session, client.get());
      char byte = 0;
      std::string head;
      if (SSL_accept(session) == 1) {
        while (!head.ends_with("\r\n\r\n") && SSL_read(session, &byte, 1) == 1) head += byte;
        SSL_write(session, answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(session);
      }
      SSL_free(session);
    }
  }

  fs::path authority_file_;
  Fd listening_;
  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  SSL_CTX* context_ = nullptr;
  std::thread thread_;
};

}  // namespace mydock::http
