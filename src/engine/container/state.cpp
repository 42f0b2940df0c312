#include "engine/container/state.h"

namespace mydock::engine {

namespace {

constexpr std::array<std::string_view, kStates.size()> kWords{
    "created", "starting", "running", "paused", "restarting", "exited", "removing", "dead"};

// Row: from. Column: to, in the order of State.
constexpr std::array<std::string_view, kStates.size()> kMoves{
    //  c s r p R e x d
    "  .x....x.",  // created
    "  x.x..x..",  // starting: back to what it was, or on
    "  ...xxx..",  // running
    "  ..x.xx..",  // paused
    "  .x...x..",  // restarting: its delay is over, or it was stopped
    "  .x....x.",  // exited
    "  .......x",  // removing: its end is no state; a failure is `dead`
    "  ......x.",  // dead
};

constexpr std::size_t index_of(State state) { return static_cast<std::size_t>(state); }

}  // namespace

std::string_view to_text(State state) { return kWords[index_of(state)]; }

bool from_text(std::string_view text, State& state) {
  for (const State candidate : kStates) {
    if (kWords[index_of(candidate)] == text) {
      state = candidate;
      return true;
    }
  }
  return false;
}

bool may_move(State from, State to) { return kMoves[index_of(from)][2 + index_of(to)] == 'x'; }

}  // namespace mydock::engine
