#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "network/kernel.h"

namespace mydock::network {

// Remembers what it was asked to do.
class FakeKernel final : public Kernel {
 public:
  void ensure_bridge(const BridgeLink& bridge) override {
    if (fail_bridges) fail(Kind::system, "make the bridge {}: on purpose", bridge.name);
    bridges.push_back(bridge);
  }
  void remove_link(const std::string& name) override { removed.push_back(name); }
  void connect(const Fd& /*sandbox*/, const ContainerLink& link) override {
    connected.push_back(link);
  }
  void disconnect(const Fd& /*sandbox*/, const std::string& interface) override {
    disconnected.push_back(interface);
  }
  void set_default_routes(const Fd& /*sandbox*/, const DefaultRoutes& routes) override {
    default_routes = routes;
  }
  ResolverSockets open_resolver(const Fd& /*sandbox*/) override {
    if (!open_sockets) fail(Kind::system, "open the resolver: on purpose");
    return open_sockets();
  }
  bool has_link(const std::string& name) override { return name == "eth7"; }
  bool supports(LinkKind kind) override { return kind != LinkKind::ipvlan; }
  void enable_forwarding6() override { forwarding6 = true; }
  bool wait_for_flush(const std::stop_token& stop) override {
    std::unique_lock lock(flush_mutex);
    const bool flushed = flush.wait(lock, stop, [this] { return flushes > 0; });
    if (flushed) --flushes;
    return flushed;
  }
  void flush_rules() {
    const std::lock_guard lock(flush_mutex);
    rules.clear();
    ++flushes;
    flush.notify_all();
  }
  std::vector<Route> routes() override { return host_routes; }
  void enable_forwarding() override { forwarding = true; }
  void load_rules(std::string_view text) override {
    const std::lock_guard lock(flush_mutex);
    rules = text;
  }
  void publish(const std::string& /*host_link*/, const std::vector<Publication>& ports) override {
    if (fail_publish) fail(Kind::system, "publish: on purpose");
    published.insert(published.end(), ports.begin(), ports.end());
  }
  void unpublish(const std::vector<Publication>& ports) override {
    for (const Publication& port : ports) {
      published.erase(std::remove(published.begin(), published.end(), port), published.end());
    }
  }

  std::function<ResolverSockets()> open_sockets;
  std::vector<std::string> disconnected;
  DefaultRoutes default_routes;
  bool forwarding6 = false;
  std::mutex flush_mutex;
  std::condition_variable_any flush;
  int flushes = 0;
  bool fail_bridges = false;
  bool fail_publish = false;
  std::vector<Route> host_routes;
  std::vector<BridgeLink> bridges;
  std::vector<std::string> removed;
  std::vector<ContainerLink> connected;
  std::vector<Publication> published;
  std::string rules;
  bool forwarding = false;
};

}  // namespace mydock::network
