#include "runtime/shim/process_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"

namespace mydock::runtime::shim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kOutputBlock = 64 * 1024;
constexpr std::size_t kMostInput = 64 * 1024;
// Above this a client makes the process wait, as long as it takes kLeastProgress a second …
constexpr std::size_t kSoftQueue = std::size_t{1} << 20;
constexpr std::size_t kLeastProgress = 256 * 1024;
// … and above this it is dropped.
constexpr std::size_t kHardQueue = std::size_t{8} << 20;
constexpr seconds kDrain{2};
constexpr int kMostLateRounds = 5;

void set_nonblocking(const Fd& fd) {
  const int flags = check(::fcntl(fd.get(), F_GETFL), "read the flags of a descriptor");
  check(::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK), "make a descriptor non-blocking");
}

}  // namespace

ProcessIo::ProcessIo(Loop& loop, Options options) : loop_(loop), options_(std::move(options)) {
  if (options_.log != nullptr) options_.log->on_change([this] { on_log_change(); });
}

ProcessIo::ChildEnds ProcessIo::make_pipes(uid_t owner, bool discard) {
  ChildEnds ends;
  const auto give = [&](const Fd& end) {
    if (owner != 0) check(::fchown(end.get(), owner, static_cast<gid_t>(-1)), "give a pipe away");
  };
  if (options_.open_stdin) {
    auto [read_end, write_end] = make_pipe();
    set_nonblocking(write_end);
    give(read_end);
    ends.in = std::move(read_end);
    stdin_ = std::move(write_end);
  } else {
    ends.in = open_file("/dev/null", O_RDONLY);
  }
  for (const Stream stream : {Stream::out, Stream::err}) {
    Fd& end = stream == Stream::out ? ends.out : ends.err;
    if (discard) {
      end = open_file("/dev/null", O_WRONLY);
      continue;
    }
    auto [read_end, write_end] = make_pipe();
    give(write_end);
    end = std::move(write_end);
    add_source(std::move(read_end), stream);
  }
  return ends;
}

void ProcessIo::set_terminal(Fd master) {
  // Without a slave of our own, reading gives EIO whenever the container has none open.
  slave_ = Fd(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  add_source(std::move(master), Stream::out);
  if (rows_ != 0 || columns_ != 0) resize(rows_, columns_);
  push_input();
}

void ProcessIo::add_source(Fd fd, Stream stream) {
  set_nonblocking(fd);
  sources_.push_back(std::make_unique<Source>());
  Source& source = *sources_.back();
  source.fd = std::move(fd);
  source.stream = stream;
  source.watch = loop_.watch(source.fd.get(), POLLIN,
                             [this, &source](short events) { on_source(source, events); });
}

void ProcessIo::resize(std::uint32_t rows, std::uint32_t columns) {
  const bool known = options_.terminal && !sources_.empty() && sources_[0]->fd;
  rows_ = rows;
  columns_ = columns;
  if (!known) return;  // applied when the terminal comes
  winsize size{};
  size.ws_row = static_cast<unsigned short>(std::min<std::uint32_t>(rows, 0xFFFF));
  size.ws_col = static_cast<unsigned short>(std::min<std::uint32_t>(columns, 0xFFFF));
  check(::ioctl(sources_[0]->fd.get(), TIOCSWINSZ, &size), "resize the terminal");
}

// ---- output

void ProcessIo::on_source(Source& source, short events) {
  if ((events & POLLOUT) != 0) push_input();
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !throttled_ && !read_source(source)) {
    close_source(source);
  }
  throttle();
  if (drained_ && !sources_open() && log_is_idle()) finish_drain();
}

bool ProcessIo::read_source(Source& source) {
  std::array<char, kOutputBlock> block;
  const ssize_t n = ::read(source.fd.get(), block.data(), block.size());
  if (n > 0) {
    deliver(source.stream, {block.data(), static_cast<std::size_t>(n)});
    return true;
  }
  return n < 0 && (errno == EAGAIN || errno == EINTR);
}

// What is in the pipe by now; no more than a pipe holds, since somebody may go on writing.
void ProcessIo::read_rest(Source& source) {
  constexpr int kMostBlocks = 16;
  std::array<char, kOutputBlock> block;
  for (int i = 0; i < kMostBlocks; ++i) {
    const ssize_t n = ::read(source.fd.get(), block.data(), block.size());
    if (n <= 0) return;
    deliver(source.stream, {block.data(), static_cast<std::size_t>(n)});
  }
}

void ProcessIo::deliver(Stream stream, std::string_view bytes) {
  if (options_.log != nullptr) options_.log->write(stream, bytes, now());
  for (const auto& client : clients_) {
    if (!client->gone && client->wants(stream)) client->output(stream, bytes);
    if (client->queued() > kHardQueue) client->gone = true;
  }
  sweep_clients();
}

void ProcessIo::close_source(Source& source) {
  if (options_.log != nullptr) options_.log->finish(source.stream, now());
  source.watch.cancel();
  source.fd.reset();
}

bool ProcessIo::sources_open() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const auto& source) { return static_cast<bool>(source->fd); });
}

bool ProcessIo::must_wait(const Attached& client) const {
  return !client.gone && !client.stalled &&
         client.queued() > (throttled_ ? kSoftQueue / 2 : kSoftQueue);
}

// Stops reading while a client with a long queue keeps taking it, or the log is full.
void ProcessIo::throttle() {
  const bool before = throttled_;
  throttled_ = (options_.log != nullptr && options_.log->full()) ||
               std::any_of(clients_.begin(), clients_.end(),
                           [&](const auto& client) { return must_wait(*client); });
  if (throttled_ == before) return;
  update_events();
  if (!throttled_) {
    progress_timer_.cancel();
    return;
  }
  for (const auto& client : clients_) client->take_progress();
  progress_timer_ = loop_.after(seconds(1), [this] { check_progress(); });
}

void ProcessIo::on_log_change() {
  throttle();
  if (drained_ && !sources_open() && log_is_idle()) finish_drain();
}

void ProcessIo::check_progress() {
  for (const auto& client : clients_) {
    const bool slow = client->take_progress() < kLeastProgress;
    if (client->queued() > kSoftQueue / 2) client->stalled = slow;
  }
  progress_timer_ = loop_.after(seconds(1), [this] { check_progress(); });
  throttle();
}

void ProcessIo::update_events() {
  const int out = options_.terminal && !input_.empty() ? POLLOUT : 0;
  for (const auto& source : sources_) {
    if (!source->fd) continue;
    const int events = (throttled_ ? 0 : POLLIN) | out;
    source->watch.set_events(static_cast<short>(events == 0 ? -1 : events));
  }
}

// ---- clients

void ProcessIo::attach(const Attach& attach, Fd stream) {
  Attach granted = attach;
  granted.stdin_open = attach.stdin_open && options_.open_stdin;
  std::string keys;
  if (options_.terminal) {
    keys = !attach.detach_keys.empty()    ? attach.detach_keys
           : options_.detach_keys.empty() ? std::string(kDefaultDetachKeys)
                                          : options_.detach_keys;
  }
  clients_.push_back(std::make_unique<Attached>(
      loop_, std::move(stream), granted, !options_.terminal, std::move(keys),
      [this](Attached& client, Attached::Event event) { client_event(client, event); }));
  Attached& client = *clients_.back();
  if (granted.stdin_open && !attach.pending_input.empty()) {
    const bool stays = client.feed(attach.pending_input, input_);
    push_input();
    if (!stays) {
      if (detached_) detached_();
      drop(client);
    }
  }
}

void ProcessIo::client_event(Attached& client, Attached::Event event) {
  switch (event) {
    case Attached::Event::sent:
      if (client.queued() == 0) client.stalled = false;
      throttle();
      check_closed();
      break;
    case Attached::Event::input:
      if (input_.size() >= kMostInput) {
        client.set_reading(false);
      } else if (!client.read(input_)) {
        push_input();
        if (detached_) detached_();
        drop(client);
      } else {
        push_input();
      }
      break;
    case Attached::Event::end:
      if (options_.terminal || !options_.close_stdin_at_end) {
        drop(client);
      } else {
        end_input();
      }
      break;
    case Attached::Event::gone:
      drop(client);
      break;
  }
}

void ProcessIo::drop(Attached& client) {
  client.gone = true;
  sweep_clients();
}

// Clients are destroyed outside their own callbacks.
void ProcessIo::sweep_clients() {
  const bool any = std::any_of(clients_.begin(), clients_.end(),
                               [](const auto& client) { return client->gone; });
  if (!any || sweep_timer_) return;
  sweep_timer_ = loop_.after(seconds(0), [this] {
    sweep_timer_.cancel();
    const bool typed = std::any_of(clients_.begin(), clients_.end(), [](const auto& client) {
      return client->gone && client->has_input();
    });
    std::erase_if(clients_, [](const auto& client) { return client->gone; });
    if (typed && options_.close_stdin_at_end && !options_.terminal) end_input();
    throttle();
    check_closed();
  });
}

// ---- input

void ProcessIo::push_input() {
  const int fd = !options_.terminal ? stdin_.get() : sources_.empty() ? -1 : sources_[0]->fd.get();
  if (fd < 0) {
    if (options_.terminal && sources_.empty()) return;  // the terminal is still to come
    input_.clear();                                     // nobody reads it any more
    for (const auto& client : clients_) client->set_reading(true);
    return;
  }
  std::size_t done = 0;
  while (done < input_.size()) {
    const ssize_t n = ::write(fd, input_.data() + done, input_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) {
      done = input_.size();  // EPIPE: the process closed its input
      if (!options_.terminal) {
        stdin_watch_.cancel();
        stdin_.reset();
      }
    }
    if (n < 0) break;
    done += static_cast<std::size_t>(n);
  }
  input_.erase(0, done);
  if (input_.empty() && input_.capacity() > kMostInput / 4) std::string().swap(input_);
  if (input_.size() < kMostInput) {
    for (const auto& client : clients_) client->set_reading(true);
  }
  if (options_.terminal) {
    update_events();
  } else if (input_.empty()) {
    stdin_watch_.cancel();
    if (input_ends_) stdin_.reset();
  } else if (!stdin_watch_ && stdin_) {
    stdin_watch_ = loop_.watch(stdin_.get(), POLLOUT, [this](short) { push_input(); });
  }
}

void ProcessIo::end_input() {
  input_ends_ = true;
  push_input();
}

// ---- the end

void ProcessIo::drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  stdin_watch_.cancel();
  stdin_.reset();
  slave_.reset();
  if (!sources_open() && log_is_idle()) {
    finish_drain();
    return;
  }
  drain_timer_ = loop_.after(kDrain, [this] { drain_late(); });
}

void ProcessIo::drain_late() {
  // A client that still takes output gets some more time; a log server or a holder of the pipe does
  // not.
  const bool client_waits = std::any_of(clients_.begin(), clients_.end(),
                                        [&](const auto& client) { return must_wait(*client); });
  if (client_waits && ++late_rounds_ < kMostLateRounds) {
    drain_timer_ = loop_.after(kDrain, [this] { drain_late(); });
    return;
  }
  for (const auto& source : sources_) {
    if (!source->fd) continue;
    if (!client_waits) read_rest(*source);
    close_source(*source);
  }
  if (options_.log != nullptr) options_.log->abandon();
  finish_drain();
}

void ProcessIo::finish_drain() {
  drain_timer_.cancel();
  const auto drained = std::exchange(drained_, nullptr);
  if (drained) drained();
}

void ProcessIo::close_clients(std::function<void()> closed) {
  closed_ = std::move(closed);
  close_timer_ = loop_.after(kDrain, [this] { close_late(); });
  check_closed();
}

void ProcessIo::close_late() {
  // Who reads the last megabyte slowly is not cut off; who does not read at all is.
  ++late_rounds_;
  for (const auto& client : clients_) {
    const bool slow = client->take_progress() < kLeastProgress;
    if (slow || late_rounds_ > kMostLateRounds) client->gone = true;
  }
  close_timer_ = loop_.after(kDrain, [this] { close_late(); });
  check_closed();
}

void ProcessIo::check_closed() {
  if (!closed_) return;
  const bool waiting = std::any_of(clients_.begin(), clients_.end(), [](const auto& client) {
    return !client->gone && client->queued() > 0;
  });
  if (waiting) return;
  close_timer_.cancel();
  sweep_timer_ = loop_.after(seconds(0), [this] {
    clients_.clear();
    const auto closed = std::exchange(closed_, nullptr);
    if (closed) closed();
  });
}

}  // namespace mydock::runtime::shim
