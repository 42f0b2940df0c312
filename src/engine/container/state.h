#pragma once

#include <array>
#include <string_view>

namespace mydock::engine {

// Where a container is in its life. Docker shows all but `starting`, which shows as what was
// before.
enum class State { created, starting, running, paused, restarting, exited, removing, dead };

inline constexpr std::array kStates{State::created,  State::starting,   State::running,
                                    State::paused,   State::restarting, State::exited,
                                    State::removing, State::dead};

// Docker's word; "starting" for what Docker has no word for.
std::string_view to_text(State state);
bool from_text(std::string_view text, State& state);

// The only moves there are. Every verb makes its move first, under the container's lock, so of two
// that race one wins and the other sees what it lost against.
bool may_move(State from, State to);

// Docker's Running: also while it waits to be restarted.
inline bool is_running(State state) {
  return state == State::running || state == State::paused || state == State::restarting;
}
inline bool has_task(State state) { return state == State::running || state == State::paused; }
inline bool is_doomed(State state) { return state == State::removing || state == State::dead; }

}  // namespace mydock::engine
