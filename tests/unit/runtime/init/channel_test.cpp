#include "runtime/init/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <array>

namespace mydock::runtime::init {
namespace {

TEST(ChannelTest, AnErrorArrivesAsItWas) {
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  send_message(theirs.get(), to_message(Error(Kind::forbidden, "a \"quoted\" reason", EACCES)));
  const auto packet = receive_message(ours.get());
  ASSERT_TRUE(packet);
  const Error error = to_error(packet->message);
  EXPECT_EQ(packet->message.op, "error");
  EXPECT_EQ(error.kind(), Kind::forbidden);
  EXPECT_EQ(error.message(), "a \"quoted\" reason");
  EXPECT_EQ(error.error_number(), EACCES);
}

TEST(ChannelTest, ADescriptorComesAlongCloseOnExec) {
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  auto [read_end, write_end] = make_pipe();
  send_message(theirs.get(), {.op = "tty"}, write_end.get());
  const auto packet = receive_message(ours.get());
  ASSERT_TRUE(packet && packet->fd);
  EXPECT_EQ(::fcntl(packet->fd.get(), F_GETFD), FD_CLOEXEC);
  write_all(packet->fd, std::string_view("x"));
  std::array<std::byte, 1> got{};
  EXPECT_EQ(read_some(read_end, got), 1U);
}

TEST(ChannelTest, TheOtherEndGoneIsNoValueAndNoSignal) {
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  theirs.reset();
  EXPECT_FALSE(receive_message(ours.get()));
  EXPECT_THROW(send_op(ours.get(), "go"), Error);
}

TEST(ChannelTest, AVeryLongMessageIsCut) {
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  send_message(theirs.get(), {.op = "warning", .message = std::string(100000, 'x')});
  const auto packet = receive_message(ours.get());
  ASSERT_TRUE(packet);
  EXPECT_LT(packet->message.message.size(), 65536U);
}

}  // namespace
}  // namespace mydock::runtime::init
