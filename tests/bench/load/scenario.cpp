#include "load/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace bench {

namespace {

// More at once would fill the backlog of a relay that accepts slowly, and make the kernel wait for seconds.
constexpr std::size_t most_connecting = 64;

}   // namespace

void Scenario::connect_all(std::size_t count) {
    run_until(
        [&] {
            while (clients_.size() < count && clients_.size() < ready_ + most_connecting) {
                const auto number = static_cast<std::uint32_t>(clients_.size());
                clients_.emplace_back(options_.client, poller_, *this, number).connect();
            }
            return ready_ >= count;
        },
        "clients that have logged in");
}

void Scenario::close_all() {
    closed_ = 0;
    for (auto& client : clients_) client.close();
    run_until([&] { return closed_ == clients_.size(); }, "end of all sessions");
    clients_.clear();
    ready_ = 0;
}

void Scenario::turn(std::uint64_t until_ns) {
    const auto now = now_ns();
    poller_.wait(until_ns > now ? until_ns - now : 0,
                 [](void* who, std::uint32_t events) { static_cast<Client*>(who)->on_events(events); });
}

void Scenario::run_until(const std::function<bool()>& done, const char* what, double at_most_seconds) {
    const auto end = now_ns() + static_cast<std::uint64_t>(at_most_seconds * 1e9);
    while (!done()) {
        const auto now = now_ns();
        if (now >= end) throw Failure{std::string{"no "} + what + " in time"};
        turn(std::min<std::uint64_t>(end, now + 100'000'000));
    }
}

void Scenario::run_for(double seconds) {
    const auto end = now_ns() + static_cast<std::uint64_t>(seconds * 1e9);
    while (now_ns() < end) turn(end);
}

// Once it does not change any more: pages are given back, and buffers filled, some time after the last event.
std::uint64_t Scenario::settled_pss() {
    run_for(0.3);
    std::uint64_t pss = relay_.pss_kib();
    for (int i = 0; i < 10; ++i) {
        run_for(0.2);
        const auto again = relay_.pss_kib();
        if (again == pss) break;
        pss = again;
    }
    return pss;
}

std::string to_json(const Options& options, Result& result) {
    auto& latencies = result.latencies_us;
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double p) {
        if (latencies.empty()) return 0U;
        return latencies[static_cast<std::size_t>(p * static_cast<double>(latencies.size() - 1))];
    };
    const auto done = static_cast<double>(std::max<std::uint64_t>(result.done, 1));
    const auto seconds = static_cast<double>(result.elapsed_ns) / 1e9;
    std::ostringstream json;
    json.precision(9);
    json << "{\"scenario\":\"" << options.scenario << "\",\"unit\":\"" << result.unit << "\",\"done\":" << result.done
         << ",\"seconds\":" << seconds << ",\"rate\":" << std::round(seconds > 0 ? done / seconds : 0)
         << ",\"cpu_us\":" << static_cast<double>(result.cpu_ns) / 1e3 / done << ",\"p50_us\":" << percentile(0.5)
         << ",\"p99_us\":" << percentile(0.99);
    if (result.pss_after_kib != 0)
        json << ",\"pss_start_kib\":" << result.pss_start_kib << ",\"pss_before_kib\":" << result.pss_before_kib
             << ",\"pss_after_kib\":" << result.pss_after_kib;
    json << '}';
    return json.str();
}

std::unique_ptr<Scenario> make_scenario(const Options& options) {
    if (auto scenario = make_traffic_scenario(options)) return scenario;
    if (auto scenario = make_session_scenario(options)) return scenario;
    throw Failure{"there is no scenario '" + options.scenario + "'"};
}

}   // namespace bench
