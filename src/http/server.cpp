#include "http/server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <deque>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "http/connection.h"

namespace mydock::http {

namespace {

constexpr std::chrono::seconds kWorkerIdle{10};
constexpr std::size_t kIdleWorkers = 16;
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    "Content-Length: 35\r\nConnection: close\r\n\r\n{\"message\":\"too many connections\"}\n";

// Runs `body` on a thread of its own that nobody joins. std::thread cannot set the stack's size.
void start_thread(std::size_t stack_bytes, std::function<void()> body) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  auto owned = std::make_unique<std::function<void()>>(std::move(body));
  const auto run = [](void* argument) -> void* {
    const std::unique_ptr<std::function<void()>> work(
        static_cast<std::function<void()>*>(argument));
    (*work)();
    return nullptr;
  };
  pthread_t thread{};
  const int error = ::pthread_create(&thread, &attributes, run, owned.get());
  ::pthread_attr_destroy(&attributes);
  if (error != 0) throw_errno(error, "start a thread");
  owned.release();  // the thread owns it now
}

}  // namespace

// Shared with the worker threads, which nobody joins: they may outlast the Server by an instant.
struct Server::State : std::enable_shared_from_this<State> {
  State(Handler to_call, Limits bounds)
      : handler(std::move(to_call)),
        limits(bounds),
        wake(check(::eventfd(0, EFD_CLOEXEC), "make an eventfd")) {}

  void accept_loop();
  void accept_one(const Fd& listening);
  void take(Fd socket);
  void work();
  void serve(Fd socket);
  std::set<std::shared_ptr<Connection>> connections_left() EXCLUDES(mutex);
  bool wait_for_end(Deadline deadline) EXCLUDES(mutex);

  const Handler handler;
  const Limits limits;
  Hangups hangups;
  const Fd wake;

  Mutex mutex{Rank::leaf};
  Condition changed;
  std::vector<std::shared_ptr<const Fd>> listening GUARDED_BY(mutex);
  std::deque<Fd> waiting GUARDED_BY(mutex);
  std::set<std::shared_ptr<Connection>> live GUARDED_BY(mutex);
  std::size_t workers GUARDED_BY(mutex) = 0;
  std::size_t idle GUARDED_BY(mutex) = 0;
  std::size_t serving GUARDED_BY(mutex) = 0;
  bool stopping GUARDED_BY(mutex) = false;
  std::thread acceptor;
};

void Server::State::accept_loop() {
  for (;;) {
    std::vector<std::shared_ptr<const Fd>> sockets;
    {
      Lock lock(mutex);
      if (stopping) return;
      sockets = listening;
    }
    std::vector<pollfd> polled{{wake.get(), POLLIN, 0}};
    for (const auto& socket : sockets) polled.push_back({socket->get(), POLLIN, 0});
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0) {
      std::uint64_t count = 0;
      // Only empties the counter; what woke us is in `stopping` and `listening`.
      [[maybe_unused]] const ssize_t got = ::read(wake.get(), &count, sizeof(count));
    }
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (polled[i + 1].revents != 0) accept_one(*sockets[i]);
    }
  }
}

void Server::State::accept_one(const Fd& from) {
  Fd socket(::accept4(from.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket) {
    // Out of descriptors or memory: poll would report the same client again at once.
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      log::warn("accept a connection: {}",
                std::error_code(errno, std::system_category()).message());
      pollfd stop{wake.get(), POLLIN, 0};
      ::poll(&stop, 1, static_cast<int>(kAcceptPause.count()));
    }
    return;
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // fails on Unix sockets
  try {
    take(std::move(socket));
  } catch (const Error& error) {
    log::warn("serve a connection: {}", error.what());
  }
}

// Hands the socket to an idle worker, or to a new one.
void Server::State::take(Fd socket) {
  {
    Lock lock(mutex);
    if (stopping) return;
    if (serving + waiting.size() >= limits.connections) {
      ::send(socket.get(), kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      return;
    }
    waiting.push_back(std::move(socket));
    if (idle >= waiting.size()) {
      changed.notify_all();
      return;
    }
    ++workers;
  }
  try {
    start_thread(limits.stack_bytes, [self = shared_from_this()] { self->work(); });
  } catch (const Error&) {
    Lock lock(mutex);
    --workers;
    if (!waiting.empty()) waiting.pop_back();
    throw;
  }
}

void Server::State::work() {
  for (;;) {
    Fd socket;
    {
      Lock lock(mutex);
      const Deadline deadline = deadline_after(kWorkerIdle);
      bool in_time = idle < kIdleWorkers;
      ++idle;
      while (waiting.empty() && !stopping && in_time) in_time = changed.wait(mutex, {}, deadline);
      --idle;
      if (waiting.empty()) {
        --workers;
        changed.notify_all();
        return;
      }
      socket = std::move(waiting.front());
      waiting.pop_front();
      ++serving;
    }
    serve(std::move(socket));
  }
}

void Server::State::serve(Fd socket) {
  const auto connection = std::make_shared<Connection>(std::move(socket), handler, limits, hangups);
  bool run = false;
  {
    Lock lock(mutex);
    run = !stopping;
    if (run) live.insert(connection);
  }
  try {
    if (run) connection->serve();
  } catch (const std::exception& error) {
    log::debug("connection ended: {}", error.what());
  }
  Lock lock(mutex);
  live.erase(connection);
  --serving;
  changed.notify_all();
}

// A copy: stopping a connection runs callbacks, which nobody may do under a lock.
std::set<std::shared_ptr<Connection>> Server::State::connections_left() {
  Lock lock(mutex);
  listening.clear();
  return live;
}

bool Server::State::wait_for_end(Deadline deadline) {
  Lock lock(mutex);
  bool in_time = true;
  while (workers > 0 && in_time) in_time = changed.wait(mutex, {}, deadline);
  return workers == 0;
}

Server::Server(Handler handler, Limits limits)
    : state_(std::make_shared<State>(std::move(handler), limits)) {
  state_->acceptor = std::thread([state = state_.get()] { state->accept_loop(); });
}

Server::~Server() { stop(); }

void Server::listen(Fd listening) {
  // A client may be gone again between poll and accept, which must not block then.
  const int flags = check(::fcntl(listening.get(), F_GETFL), "ask a socket for its flags");
  check(::fcntl(listening.get(), F_SETFL, flags | O_NONBLOCK), "make a socket non-blocking");
  {
    Lock lock(state_->mutex);
    state_->listening.push_back(std::make_shared<const Fd>(std::move(listening)));
  }
  const std::uint64_t one = 1;
  check(::write(state_->wake.get(), &one, sizeof(one)), "wake the accepting thread");
}

void Server::serve(Fd connected) { state_->take(std::move(connected)); }

bool Server::stop(std::chrono::milliseconds patience) {
  {
    Lock lock(state_->mutex);
    if (std::exchange(state_->stopping, true)) return state_->workers == 0;
    state_->waiting.clear();
    state_->changed.notify_all();
  }
  const std::uint64_t one = 1;
  check(::write(state_->wake.get(), &one, sizeof(one)), "wake the accepting thread");
  state_->acceptor.join();
  for (const auto& connection : state_->connections_left()) connection->stop();
  if (state_->wait_for_end(deadline_after(patience))) return true;
  for (const auto& connection : state_->connections_left()) connection->cut();
  return state_->wait_for_end(deadline_after(patience));
}

std::size_t Server::connections() const {
  Lock lock(state_->mutex);
  return state_->serving;
}

void serve_connection(Fd connected, const Handler& handler, const Limits& limits) {
  Hangups hangups;
  Connection connection(std::move(connected), handler, limits, hangups);
  connection.serve();
}

}  // namespace mydock::http
