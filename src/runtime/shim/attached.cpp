#include "runtime/shim/attached.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace mydock::runtime::shim {

namespace {
constexpr std::size_t kInputBlock = 16 * 1024;
}

Attached::Attached(Loop& loop, Fd socket, const Attach& attach, bool framed,
                   std::string detach_keys, std::function<void(Attached&, Event)> notify)
    : socket_(std::move(socket)),
      attach_(attach),
      framed_(framed),
      reading_(attach.stdin_open),
      keys_(std::move(detach_keys)),
      notify_(std::move(notify)) {
  watch_ = loop.watch(socket_.get(), 0, [this](short events) { ready(events); });
  update();
}

bool Attached::wants(Stream stream) const {
  return stream == Stream::out ? attach_.stdout_open : attach_.stderr_open;
}

void Attached::update() {
  const int in = reading_ && !ended_ ? POLLIN : 0;
  const int out = queued() > 0 ? POLLOUT : 0;
  watch_.set_events(static_cast<short>(in | out));
}

void Attached::set_reading(bool on) {
  reading_ = on && attach_.stdin_open;
  update();
}

void Attached::ready(short events) {
  if ((events & POLLOUT) != 0) {
    push();
    if (!gone) notify_(*this, Event::sent);
  }
  if ((events & POLLIN) != 0 && !gone) notify_(*this, Event::input);
  // A client that shut down only its writing side gives POLLIN and no hang-up.
  if ((events & (POLLHUP | POLLERR)) != 0 && (events & POLLIN) == 0) gone = true;
  if (gone) {
    watch_.set_events(-1);
    notify_(*this, Event::gone);
    return;
  }
  update();
}

bool Attached::read(std::string& input) {
  std::array<char, kInputBlock> block;
  const ssize_t n = ::recv(socket_.get(), block.data(), block.size(), MSG_DONTWAIT);
  if (n > 0) return feed({block.data(), static_cast<std::size_t>(n)}, input);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (n < 0) {
    gone = true;
    return true;
  }
  ended_ = true;
  notify_(*this, Event::end);
  return true;
}

void Attached::output(Stream stream, std::string_view bytes) {
  std::array<unsigned char, 8> header{static_cast<unsigned char>(stream)};
  for (std::size_t i = 0; i < 4; ++i) {
    header[4 + i] = static_cast<unsigned char>(bytes.size() >> (24 - 8 * i));
  }
  const std::string_view head =
      framed_ ? std::string_view(reinterpret_cast<const char*>(header.data()), header.size())
              : std::string_view();
  std::size_t done = 0;
  if (queued() == 0) {
    // One call, so that a reader gets header and payload together.
    std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                               iovec{const_cast<char*>(bytes.data()), bytes.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t n = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      gone = true;
      return;
    }
    if (n > 0) done = static_cast<std::size_t>(n);
    progress_ += done;
  }
  if (done < head.size()) queue_.append(head.substr(done));
  queue_.append(bytes.substr(done > head.size() ? done - head.size() : 0));
  if (queued() > 0) update();
}

void Attached::push() {
  const ssize_t n =
      ::send(socket_.get(), queue_.data() + sent_, queued(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) {
    gone = errno != EAGAIN && errno != EINTR;
    return;
  }
  sent_ += static_cast<std::size_t>(n);
  progress_ += static_cast<std::size_t>(n);
  if (sent_ == queue_.size()) {
    std::string().swap(queue_);
    sent_ = 0;
  } else if (sent_ > queue_.size() / 2) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
}

}  // namespace mydock::runtime::shim
