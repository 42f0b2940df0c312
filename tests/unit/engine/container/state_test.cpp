#include "engine/container/state.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "base/error.h"

namespace mydock::engine {
namespace {

TEST(StateTest, MovesAreExactlyThese) {
  using enum State;
  const std::set<std::pair<State, State>> allowed{
      {created, starting},  {created, removing}, {starting, created},  {starting, running},
      {starting, exited},   {running, paused},   {running, exited},    {running, restarting},
      {paused, running},    {paused, exited},    {paused, restarting}, {restarting, starting},
      {restarting, exited}, {exited, starting},  {exited, removing},   {removing, dead},
      {dead, removing}};
  for (const State from : kStates) {
    for (const State to : kStates) {
      EXPECT_EQ(may_move(from, to), allowed.contains({from, to}))
          << to_text(from) << " -> " << to_text(to);
    }
  }
}

TEST(StateTest, WordsGoBothWays) {
  for (const State state : kStates) {
    State back = State::dead;
    EXPECT_TRUE(from_text(to_text(state), back));
    EXPECT_EQ(back, state);
  }
  State unchanged = State::paused;
  EXPECT_FALSE(from_text("nowhere", unchanged));
  EXPECT_EQ(unchanged, State::paused);
}

}  // namespace
}  // namespace mydock::engine
