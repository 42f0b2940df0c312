#include "network/dns/message.h"

#include <gtest/gtest.h>

namespace mydock::network::dns {
namespace {

using namespace std::string_view_literals;

Message bytes(std::string_view text) {
  const ConstBytes view = as_bytes(text);
  return {view.begin(), view.end()};
}

// A query for "Web.example" with recursion desired.
Message query_for(std::uint16_t type, bool edns = false) {
  Message message = bytes("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\3Web\7example\0"sv);
  message.push_back(std::byte{0});
  message.push_back(static_cast<std::byte>(type));
  message.push_back(std::byte{0});
  message.push_back(std::byte{1});
  if (edns) {
    message[11] = std::byte{1};
    const Message option = bytes("\0\0\x29\x10\0\0\0\0\0\0\0"sv);
    message.insert(message.end(), option.begin(), option.end());
  }
  return message;
}

TEST(DnsMessageTest, QuestionIsReadInLowerCase) {
  const auto query = parse_query(query_for(kTypeA));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->question, (Question{"web.example", kTypeA, kClassInternet}));
  EXPECT_FALSE(query->has_edns);
  EXPECT_EQ(query->udp_size, kPlainUdpSize);
  EXPECT_EQ(parse_query(query_for(kTypeA, true))->udp_size, 4096U);
}

TEST(DnsMessageTest, WhatIsCutAnywhereIsNoQuestion) {
  const Message whole = query_for(kTypeA);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_query(ConstBytes(whole).first(size))) << size;
  }
}

TEST(DnsMessageTest, AnswersTwoQuestionsAndPointersAreRefused) {
  Message answer = query_for(kTypeA);
  answer[2] |= std::byte{0x80};
  EXPECT_FALSE(parse_query(answer));
  Message two = query_for(kTypeA);
  two[5] = std::byte{2};
  EXPECT_FALSE(parse_query(two));
  Message pointer = query_for(kTypeA);
  pointer[12] = std::byte{0xc0};
  EXPECT_FALSE(parse_query(pointer));
}

TEST(DnsMessageTest, DotInALabelIsNoSeparator) {
  Message message = query_for(kTypeA);
  message[14] = std::byte{'.'};  // "W.b"
  EXPECT_NE(parse_query(message)->question.name, "w.b.example");
}

TEST(DnsMessageTest, AnswerHasTheAddressesOfTheTypeAskedFor) {
  const Message request = query_for(kTypeA, true);
  const auto query = parse_query(request);
  const std::vector<Address> addresses{*parse_address("10.0.0.2"), *parse_address("fd00::2"),
                                       *parse_address("10.0.0.3")};
  const Message answer = make_answer(request, *query, addresses, 512);
  EXPECT_TRUE(answers(answer, request));
  EXPECT_EQ(code_of(answer), Code::no_error);
  EXPECT_EQ(answer[7], std::byte{2});   // records
  EXPECT_EQ(answer[11], std::byte{1});  // OPT, since the asker had one
  const Message address(answer.begin() + static_cast<std::ptrdiff_t>(query->end) + 12,
                        answer.begin() + static_cast<std::ptrdiff_t>(query->end) + 16);
  EXPECT_EQ(from_wire(address), addresses[0]);
}

TEST(DnsMessageTest, MoreThanFitsIsCutAndSaidSo) {
  const Message request = query_for(kTypeA);
  const std::vector<Address> addresses(100, *parse_address("10.0.0.2"));
  const Message answer = make_answer(request, *parse_query(request), addresses, 512);
  EXPECT_LE(answer.size(), 512U);
  EXPECT_NE(answer[2] & std::byte{0x02}, std::byte{0});
}

TEST(DnsMessageTest, AnswerToAnotherQuestionIsNotOne) {
  const Message request = query_for(kTypeA);
  Message answer = make_answer(request, *parse_query(request), Code::no_error);
  EXPECT_TRUE(answers(answer, request));
  Message id = answer;
  set_id(id, 1);
  EXPECT_FALSE(answers(id, request));
  Message type = answer;
  type[query_for(kTypeA).size() - 3] = std::byte{kTypeAaaa};
  EXPECT_FALSE(answers(type, request));
  EXPECT_FALSE(answers(request, request));
}

TEST(DnsMessageTest, PointersOfBothFamiliesAreRead) {
  EXPECT_EQ(pointed_address("4.3.2.1.in-addr.arpa"), parse_address("1.2.3.4"));
  EXPECT_EQ(pointed_address("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6."
                            "arpa"),
            parse_address("fd00::2"));
  for (const char* text : {"", "arpa", "3.2.1.in-addr.arpa", "5.4.3.2.1.in-addr.arpa",
                           "256.3.2.1.in-addr.arpa", "x.3.2.1.in-addr.arpa", "1.2.3.4"}) {
    EXPECT_FALSE(pointed_address(text)) << text;
  }
}

TEST(DnsMessageTest, RandomBytesDoNoHarm) {
  std::uint32_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    Message message = query_for(kTypeA, true);
    for (int change = 0; change < 4; ++change) {
      state = state * 1664525 + 1013904223;
      message[state >> 8 & 0x1f] = static_cast<std::byte>(state >> 24);
    }
    if (const auto query = parse_query(message)) {
      EXPECT_LE(query->end, message.size());
      const Message answer = make_answer(message, *query, Code::no_such_name);
      EXPECT_GE(answer.size(), kHeaderSize);
    }
  }
}

}  // namespace
}  // namespace mydock::network::dns
