// Scenarios that count messages: echo (closed loop), paced (open loop), flood.
#include <algorithm>

#include "load/scenario.hpp"

namespace bench {

namespace {

class Traffic : public Scenario {
public:
    using Scenario::Scenario;

protected:
    void begin_measuring() {
        result_.latencies_us.clear();
        result_.done = 0;
        cpu_before_ = relay_.cpu_ns();
        began_at_ = now_ns();
    }
    void end_measuring() {
        result_.elapsed_ns = now_ns() - began_at_;
        result_.cpu_ns = relay_.cpu_ns() - cpu_before_;
    }
    void count(std::uint64_t sent_at) {
        ++result_.done;
        result_.latencies_us.push_back(static_cast<std::uint32_t>((now_ns() - sent_at) / 1000));
    }
    void drain() {
        run_until(
            [&] { return std::all_of(clients_.begin(), clients_.end(), [](auto& c) { return c.in_flight() == 0; }); },
            "answer to every message", 30);
    }

    Result result_;

private:
    std::uint64_t cpu_before_ = 0;
    std::uint64_t began_at_ = 0;
};

// Each client has so many messages under way, and sends another for each that comes back.
class Echo final : public Traffic {
public:
    using Traffic::Traffic;

    Result run() override {
        connect_all(options_.connections);
        left_.assign(options_.connections, options_.messages > 0 ? options_.messages : SIZE_MAX);
        if (options_.messages > 0) begin_measuring();
        for (auto& client : clients_) {
            for (std::size_t i = 0; i < options_.in_flight; ++i) send_next(client);
            client.flush();
        }
        if (options_.messages > 0) {
            run_until([&] { return result_.done == options_.messages * clients_.size(); }, "last message", 300);
        } else {
            run_for(options_.warm_up);
            begin_measuring();
            run_for(options_.seconds);
        }
        end_measuring();
        stopping_ = true;
        const auto done = result_.done;
        drain();
        result_.done = done;
        close_all();
        return result_;
    }

    void on_message(Client& client, std::uint64_t sent_at) override {
        count(sent_at);
        if (!stopping_) send_next(client);
    }

private:
    void send_next(Client& client) {
        auto& left = left_[client.number()];
        if (left == 0) return;
        --left;
        client.message(options_.body, now_ns());
    }

    std::vector<std::size_t> left_;
    bool stopping_ = false;
};

// A message each 1/rate s, whatever comes back; latency is counted from when it was due.
class Paced final : public Traffic {
public:
    using Traffic::Traffic;

    Result run() override {
        connect_all(options_.connections);
        pace(options_.warm_up);
        drain();
        begin_measuring();
        pace(options_.seconds);
        drain();
        end_measuring();
        close_all();
        return result_;
    }

    void on_message(Client&, std::uint64_t due_at) override { count(due_at); }

private:
    void pace(double seconds) {
        const auto start = now_ns();
        const auto total = static_cast<std::uint64_t>(seconds * options_.rate);
        for (std::uint64_t i = 0; i < total; ++i) {
            const auto due = start + static_cast<std::uint64_t>(static_cast<double>(i) / options_.rate * 1e9);
            while (now_ns() < due) turn(due);
            auto& client = clients_[next_++ % clients_.size()];
            client.message(options_.body, due);
            client.flush();
        }
    }

    std::size_t next_ = 0;
};

// The sink sends as fast as it is read.
class Flood final : public Traffic {
public:
    using Traffic::Traffic;

    Result run() override {
        connect_all(options_.connections);
        for (auto& client : clients_) client.ask_for_flood(100);   // to warm up
        wait_for(100);
        begin_measuring();
        for (auto& client : clients_) client.ask_for_flood(options_.count);
        wait_for(options_.count);
        end_measuring();
        close_all();
        return result_;
    }

    void on_message(Client&, std::uint64_t) override { ++result_.done; }

private:
    void wait_for(std::size_t each) {
        const auto all = each * clients_.size();
        result_.done = 0;
        run_until([&] { return result_.done == all; }, "end of the flood");
    }
};

}   // namespace

std::unique_ptr<Scenario> make_traffic_scenario(const Options& options) {
    if (options.scenario == "echo") return std::make_unique<Echo>(options);
    if (options.scenario == "paced") return std::make_unique<Paced>(options);
    if (options.scenario == "flood") return std::make_unique<Flood>(options);
    return nullptr;
}

}   // namespace bench
