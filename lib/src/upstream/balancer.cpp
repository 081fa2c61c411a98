#include "upstream/balancer.hpp"

#include <algorithm>
#include <numeric>

namespace wsxmpp::upstream {

Balancer::Balancer(Balance balance, std::size_t targets, std::chrono::milliseconds retry_down)
    : balance_{balance}, retry_down_{retry_down}, targets_{std::make_shared<std::vector<Target>>(targets)} {}

std::vector<std::size_t> Balancer::order(Clock::time_point now) {
    const auto& targets = *targets_;
    std::vector<std::size_t> order(targets.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (order.empty()) return order;
    if (balance_ != Balance::in_order) {
        // Also with least_connections: those that are equal take turns.
        const auto first = static_cast<std::ptrdiff_t>(turn_++ % targets.size());
        std::rotate(order.begin(), order.begin() + first, order.end());
    }
    if (balance_ == Balance::least_connections)
        std::stable_sort(order.begin(), order.end(), [&targets](std::size_t a, std::size_t b) {
            return targets[a].connections < targets[b].connections;
        });
    std::stable_partition(order.begin(), order.end(),
                          [&targets, now](std::size_t i) { return targets[i].down_until <= now; });
    return order;
}

void Balancer::failed(std::size_t target, Clock::time_point now) { (*targets_)[target].down_until = now + retry_down_; }

void Balancer::worked(std::size_t target) { (*targets_)[target].down_until = {}; }

std::shared_ptr<void> Balancer::count(std::size_t target) {
    if (balance_ != Balance::least_connections) return {};
    ++(*targets_)[target].connections;
    return {targets_.get(), [targets = targets_, target](void*) { --(*targets)[target].connections; }};
}

}   // namespace wsxmpp::upstream
