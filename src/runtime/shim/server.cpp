#include "runtime/shim/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "runtime/shim/hooks.h"

namespace mydock::runtime::shim {

void Server::listen(const fs::path& bundle) {
  listener_ = listen_at(bundle, kSocketName);
  listen_watch_ = loop_.watch(listener_.get(), POLLIN, [this](short) { on_accept(); });
}

void Server::on_accept() {
  Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket) return;  // it went away again
  if (peer_of(socket).uid == 0) adopt(std::move(socket));
}

void Server::adopt(Fd socket) {
  connections_.push_back(std::make_unique<Connection>());
  Connection& connection = *connections_.back();
  connection.serial = ++last_serial_;
  connection.socket = std::move(socket);
  connection.watch = loop_.watch(connection.socket.get(), POLLIN,
                                 [this, &connection](short) { on_readable(connection); });
}

void Server::on_readable(Connection& connection) {
  Request request;
  try {
    auto packet = receive(connection.socket);
    if (!packet) {
      connection.gone = true;
      sweep();
      return;
    }
    request = from_json<Request>(packet->text);
    if (!speaks(request.version)) {
      fail(Kind::invalid, "protocol version {} is not spoken here", request.version);
    }
    dispatch(connection, request, packet->fds.empty() ? Fd() : std::move(packet->fds[0]));
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    Message message{.id = request.id};
    message.error = known != nullptr ? to_wire(*known) : WireError{"system", error.what(), 0};
    send_to(connection, message);
  }
}

void Server::dispatch(Connection& connection, Request& request, Fd stream) {
  const auto& op = request.op;
  const std::uint64_t serial = connection.serial;
  const std::uint64_t id = request.id;
  const auto later = [this, serial, id](const Message& message) { answer(serial, id, message); };
  Message now_answer;
  if (op == "start") {
    container_->start(later);
    return;
  }
  if (op == "exec") {
    container_->exec(request, std::move(stream), later);
    return;
  }
  if (op == "ack") {
    container_->acknowledge(request.process);
    return;
  }
  if (op == "state") {
    now_answer = container_->state();
  } else if (op == "pids") {
    now_answer = container_->pids();
  } else if (op == "signal") {
    container_->signal(request);
  } else if (op == "pause") {
    container_->pause();
  } else if (op == "resume") {
    container_->resume();
  } else if (op == "resize") {
    container_->resize(request);
  } else if (op == "update") {
    container_->update(request);
  } else if (op == "attach") {
    container_->attach(request, std::move(stream));
  } else {
    fail(Kind::not_implemented, "unknown request {}", json_quote(op));
  }
  answer(serial, id, std::move(now_answer));
}

void Server::answer(std::uint64_t serial, std::uint64_t id, Message message) {
  message.id = id;
  for (const auto& connection : connections_) {
    if (connection->serial == serial) send_to(*connection, message);
  }
}

void Server::send_to(Connection& connection, const Message& message) {
  if (connection.gone) return;
  try {
    // A daemon that does not read is not waited for: it can connect again and ask for the state.
    if (send(connection.socket, to_json(message), -1, MSG_DONTWAIT)) return;
  } catch (const Error& error) {
    report(error.message());
  }
  connection.gone = true;
  sweep();
}

bool Server::broadcast(const Message& event) {
  bool told = false;
  for (const auto& connection : connections_) {
    send_to(*connection, event);
    told = told || !connection->gone;
  }
  return told;
}

void Server::sweep() {
  // A closed connection stays readable: a timer that began anew each time would never fire.
  if (sweep_timer_) return;
  sweep_timer_ = loop_.after(std::chrono::seconds(0), [this] {
    sweep_timer_.cancel();
    std::erase_if(connections_, [](const auto& connection) { return connection->gone; });
  });
}

}  // namespace mydock::runtime::shim
