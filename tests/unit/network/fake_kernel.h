#pragma once

#include <algorithm>
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
  std::vector<Route> routes() override { return host_routes; }
  void enable_forwarding() override { forwarding = true; }
  void load_rules(std::string_view text) override { rules = text; }
  void publish(const std::string& /*host_link*/, const std::vector<Publication>& ports) override {
    if (fail_publish) fail(Kind::system, "publish: on purpose");
    published.insert(published.end(), ports.begin(), ports.end());
  }
  void unpublish(const std::vector<Publication>& ports) override {
    for (const Publication& port : ports) {
      published.erase(std::remove(published.begin(), published.end(), port), published.end());
    }
  }

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
