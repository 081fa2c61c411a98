// What the sessions of a bridge share, and what they count together.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bridge/session_counts.hpp"
#include "core/relay.hpp"
#include "wsxmpp/bridge.hpp"

namespace wsxmpp {

class Session;

// Sizes of elements. Each message comes this way, so that it is five instructions: a SizeHistogram is made of it later.
class alignas(512) SizeCounts {   // so that one of an array is found by a shift
public:
    void add(std::size_t size) {   // 1 or more, less than 4 GiB
        sum_ += size;
        const auto bits = static_cast<std::uint32_t>(size - 1) | (smallest - 1);
        ++counts_[highest_bit - static_cast<unsigned>(__builtin_clz(bits))];
    }
    void publish(SizeHistogram& histogram) const;

private:
    static constexpr std::uint32_t smallest = 64;   // bytes: size_bounds[0]
    static constexpr unsigned highest_bit = 31;

    std::array<std::uint64_t, highest_bit + 1> counts_{};   // by the highest bit of size - 1
    std::uint64_t sum_ = 0;
};

struct SessionContext {
    SessionContext(asio::io_context& context, std::shared_ptr<Upstream> server, BridgeOptions given);

    void update_metrics() const;

    asio::io_context& io;
    const std::shared_ptr<Upstream> upstream;
    const BridgeOptions options;
    const core::RelayOptions relay;
    const bool elements_are_watched;   // by a filter, or for the log
    std::array<SizeCounts, 2> sizes;   // by Direction
    std::vector<Session*> sessions;
    std::function<void()> on_session_closed;   // reset when the bridge is gone

    // Of sessions that have ended; of the group that a session has not, at the end.
    using Groups = std::array<TrafficSum, SessionGroups::most + 1>;
    TrafficSum ended;
    Groups ended_by_server{};
    Groups ended_by_domain{};
    const std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>();
};

}   // namespace wsxmpp
