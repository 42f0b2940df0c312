#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>

#include "base/error.h"
#include "base/log.h"
#include "runtime/shim_client.h"

namespace mydock::runtime {

using shim::Message;
using shim::Request;

ShimConnection::ShimConnection(Fd socket, TaskEvents events)
    : socket_(std::move(socket)), events_(std::move(events)) {}

Message ShimConnection::call(Request request, const Fd& stream) {
  {
    Lock lock(mutex_);
    if (closed_) fail(Kind::unavailable, "the container's shim is gone");
    request.id = ++last_id_;
    replies_.emplace(request.id, std::nullopt);
  }
  const bool sent = shim::send(socket_, to_json(request), stream.get(), 0);
  Lock lock(mutex_);
  auto reply = replies_.find(request.id);
  while (sent && !reply->second && !closed_) changed_.wait(mutex_, {});
  std::optional<Message> message = std::move(reply->second);
  replies_.erase(reply);
  if (!message) fail(Kind::unavailable, "the container's shim is gone");
  if (message->error) throw shim::from_wire(*message->error);
  return std::move(*message);
}

bool ShimConnection::on_readable() {
  try {
    const auto packet = shim::receive(socket_);
    if (!packet) {
      close();
      return false;
    }
    auto message = from_json<Message>(packet->text);
    if (message.id == 0) {
      tell(message);
      return true;
    }
    Lock lock(mutex_);
    const auto waiting = replies_.find(message.id);
    if (waiting != replies_.end()) waiting->second = std::move(message);
    changed_.notify_all();
    return true;
  } catch (const Error& error) {
    log::warn("shim connection: {}", error.message());
    close();
    return false;
  }
}

void ShimConnection::tell(const Message& event) {
  {
    Lock lock(mutex_);
    if (muted_) return;
    telling_ = true;
    teller_ = std::this_thread::get_id();
  }
  try {
    if (event.event == "oom" && events_.on_oom) events_.on_oom();
    if (event.event == "exec_exit" && events_.on_exec_exit) {
      events_.on_exec_exit(event.process, event.code);
    }
    if (event.event == "detach" && events_.on_detach) events_.on_detach(event.process);
  } catch (const std::exception& error) {
    log::warn("shim event {}: {}", event.event, error.what());
  }
  // The exec's client is let go only now, when its exit code is known here.
  if (event.event == "exec_exit") {
    Request request{.op = "ack", .process = event.process};
    shim::send(socket_, to_json(request), -1, 0);
  }
  Lock lock(mutex_);
  telling_ = false;
  teller_ = {};
  changed_.notify_all();
}

void ShimConnection::stop_events() {
  Lock lock(mutex_);
  muted_ = true;
  while (telling_ && teller_ != std::this_thread::get_id()) changed_.wait(mutex_, {});
}

void ShimConnection::close() {
  Lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

// ------------------------------------------------------------------------------------------------

ShimReader::ShimReader()
    : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "make an epoll descriptor")),
      wake_(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "watch an eventfd");
  thread_ = std::thread([this] { run(); });
}

ShimReader::~ShimReader() {
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof(one)) < 0) log::warn("stop the shim reader: it hangs");
  thread_.join();
}

void ShimReader::add(std::shared_ptr<ShimConnection> connection) {
  const int fd = connection->socket().get();
  {
    Lock lock(mutex_);
    connections_[fd] = std::move(connection);
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "watch a shim");
}

void ShimReader::remove(const std::shared_ptr<ShimConnection>& connection) {
  const int fd = connection->socket().get();
  Lock lock(mutex_);
  const auto found = connections_.find(fd);
  if (found == connections_.end() || found->second != connection) return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  connections_.erase(found);
}

void ShimReader::run() {
  std::array<epoll_event, 32> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == wake_.get()) return;
      std::shared_ptr<ShimConnection> connection;
      {
        Lock lock(mutex_);
        const auto found = connections_.find(fd);
        if (found != connections_.end()) connection = found->second;
      }
      if (connection && !connection->on_readable()) remove(connection);
    }
  }
}

}  // namespace mydock::runtime
