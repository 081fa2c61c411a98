// Scenarios that count sessions: churn (CPU), idle, stall and gone (memory).
#include <algorithm>

#include "load/scenario.hpp"

namespace bench {

namespace {

// Memory is compared with what it was after a few sessions, so that what is allocated once (and the pages of code that
// are used for the first time) is not taken for the cost of a session.
constexpr std::size_t first_sessions = 10;

class Sessions : public Scenario {
public:
    using Scenario::Scenario;

protected:
    void first() {
        result_.unit = "session";
        result_.pss_start_kib = settled_pss();
        connect_all(first_sessions);
        close_all();
        result_.pss_before_kib = settled_pss();
    }
    Result result_;
};

// Connect, log in, bind, close: `sessions` times, `parallel` at once.
class Churn final : public Scenario {
public:
    using Scenario::Scenario;

    Result run() override {
        repeat(options_.parallel * 2);
        Result result;
        result.unit = "session";
        const auto cpu = relay_.cpu_ns();
        const auto began_at = now_ns();
        repeat(options_.sessions);
        run_for(0.05);   // what a relay does after the client has seen the end
        result.elapsed_ns = now_ns() - began_at - 50'000'000;
        result.cpu_ns = relay_.cpu_ns() - cpu;
        result.done = options_.sessions;
        return result;
    }

    void on_ready(Client& client) override { client.close(); }
    void on_closed(Client& client) override {
        ++closed_;
        if (started_ == total_) return;
        ++started_;
        client.connect();
    }

private:
    void repeat(std::size_t total) {
        total_ = total;
        closed_ = 0;
        clients_.clear();
        started_ = std::min(options_.parallel, total);
        for (std::uint32_t i = 0; i < started_; ++i) clients_.emplace_back(options_.client, poller_, *this, i);
        for (auto& client : clients_) client.connect();
        run_until([&] { return closed_ == total_; }, "end of all sessions");
    }

    std::size_t total_ = 0;
    std::size_t started_ = 0;
};

class Idle final : public Sessions {
public:
    using Sessions::Sessions;

    Result run() override {
        first();
        connect_all(options_.sessions);
        result_.done = options_.sessions;
        result_.pss_after_kib = settled_pss();
        run_for(options_.hold);
        say_something();
        close_all();
        return result_;
    }

private:
    // Idle, and alive: each gets back what it sends.
    void say_something() {
        for (auto& client : clients_) {
            client.message(options_.body, now_ns());
            client.flush();
            turn(0);
        }
        run_until(
            [&] { return std::all_of(clients_.begin(), clients_.end(), [](auto& c) { return c.in_flight() == 0; }); },
            "answer in every session");
    }
};

// Each asks for more than all socket buffers hold, and reads nothing; and in the end it reads all of it.
class Stall final : public Sessions {
public:
    using Sessions::Sessions;

    Result run() override {
        first();
        connect_all(options_.sessions);
        for (auto& client : clients_) {
            client.pause_reading(true);
            client.ask_for_flood(options_.count);
        }
        run_for(1);
        result_.done = options_.sessions;
        result_.pss_after_kib = settled_pss();
        for (auto& client : clients_) client.pause_reading(false);
        run_until(
            [&] { return std::all_of(clients_.begin(), clients_.end(), [](auto& c) { return c.flood_left() == 0; }); },
            "end of the flood");
        close_all();
        return result_;
    }
};

// Sessions that have come and gone, `parallel` at once.
class Gone final : public Sessions {
public:
    using Sessions::Sessions;

    Result run() override {
        first();
        for (std::size_t done = 0; done < options_.sessions; done += options_.parallel) {
            connect_all(std::min(options_.parallel, options_.sessions - done));
            close_all();
        }
        result_.done = options_.sessions;
        result_.pss_after_kib = settled_pss();
        return result_;
    }
};

}   // namespace

std::unique_ptr<Scenario> make_session_scenario(const Options& options) {
    if (options.scenario == "churn") return std::make_unique<Churn>(options);
    if (options.scenario == "idle") return std::make_unique<Idle>(options);
    if (options.scenario == "stall") return std::make_unique<Stall>(options);
    if (options.scenario == "gone") return std::make_unique<Gone>(options);
    return nullptr;
}

}   // namespace bench
