#pragma once

#include <memory>

#include "base/mutex.h"
#include "http/client.h"
#include "http/wire.h"

namespace mydock::http {

// One exchange at a time over one socket.
class ClientConnection {
 public:
  explicit ClientConnection(Wire wire) : wire_(std::move(wire)) {}

  // Sends all of it, or as much as the server takes before it answers.
  void send(const Outgoing& outgoing, std::string_view host);
  // Reads a head; interim answers (100) are passed over.
  void read_head(const Outgoing& outgoing, Response& response);

  Wire& wire() { return wire_; }
  MessageParser& parser() { return parser_; }
  bool reused() const { return reused_; }
  void set_reused() { reused_ = true; }
  // True once any byte of an answer came: the request must not be sent again.
  bool answered() const { return answered_; }
  bool may_be_kept() const { return parser_.done() && parser_.keep_alive() && sent_all_; }
  // False: the server has closed it, or sent what nobody asked for.
  bool is_fresh() const;

 private:
  bool send_body(const Outgoing& outgoing);

  Wire wire_;
  MessageParser parser_{MessageParser::Kind::response, {}};
  bool reused_ = false;
  bool answered_ = false;
  bool sent_all_ = false;
};

// The idle connections that a client keeps.
struct ClientPool {
  std::size_t most = 1;
  Mutex mutex{Rank::leaf};
  std::vector<std::unique_ptr<ClientConnection>> idle GUARDED_BY(mutex);
};

}  // namespace mydock::http
