#include "base/error.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

enum class WaitFor { not_running, next_exit, removed };

}  // namespace

struct Waiter::Pending {
  std::shared_ptr<Container> container;
  WaitFor condition;
  std::uint64_t exits;  // when it was registered
};

Waiter::Waiter(std::unique_ptr<Pending> pending) : pending_(std::move(pending)) {}
Waiter::Waiter(Waiter&&) noexcept = default;
Waiter::~Waiter() = default;

Waiter Containers::prepare_wait(std::string_view ref, std::string_view condition) {
  WaitFor kind = WaitFor::not_running;
  if (condition == "next-exit") {
    kind = WaitFor::next_exit;
  } else if (condition == "removed") {
    kind = WaitFor::removed;
  } else if (!condition.empty() && condition != "not-running") {
    fail(Kind::invalid, "invalid condition: \"{}\"", condition);
  }
  auto container = get(ref);
  const std::uint64_t exits =
      container->look([](const Record&, const Live& live) { return live.exits; });
  return Waiter(std::make_unique<Waiter::Pending>(
      Waiter::Pending{.container = std::move(container), .condition = kind, .exits = exits}));
}

api::ContainerWait Waiter::wait(const std::stop_token& stop) {
  api::ContainerWait answer;
  const auto until = [&](const Record& record, const Live& live) {
    const State state = record.status.state;
    answer.status_code = record.status.exit_code;
    switch (pending_->condition) {
      case WaitFor::not_running:
        return live.removed || (!is_running(state) && state != State::starting);
      case WaitFor::next_exit:
        return live.removed || live.exits != pending_->exits;
      case WaitFor::removed:
        break;
    }
    if (state == State::dead) answer.error = api::WaitError{live.removal_error};
    return live.removed || state == State::dead;
  };
  pending_->container->wait(until, stop);
  return answer;
}

}  // namespace mydock::engine
