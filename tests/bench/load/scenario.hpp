// What the load generator does with its clients, and what it found.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "load/client.hpp"
#include "load/process_tree.hpp"

namespace bench {

struct Options {
    std::string scenario;
    ClientOptions client;
    std::vector<pid_t> pids;   // of the relay: what is measured
    std::size_t connections = 100;
    std::size_t in_flight = 1;     // on each connection, in a closed loop
    std::size_t body = 100;        // bytes
    double seconds = 2;            // of measuring
    double warm_up = 0.3;          // seconds before that
    std::size_t messages = 0;      // exactly so many on each connection, without a warm-up, instead of `seconds`
    double rate = 2000;            // messages a second, all connections together
    std::size_t count = 20'000;    // stanzas of a flood, for each connection
    std::size_t sessions = 2000;   // of the scenarios that count sessions
    double hold = 0;               // seconds that sessions stay idle before each says something
    std::size_t parallel = 32;     // sessions under way at once
};

struct Result {
    std::string unit = "message";
    std::uint64_t done = 0;   // messages, or sessions
    std::uint64_t elapsed_ns = 0;
    std::uint64_t cpu_ns = 0;   // of the relay
    std::vector<std::uint32_t> latencies_us;
    std::uint64_t pss_before_kib = 0;
    std::uint64_t pss_after_kib = 0;
    std::uint64_t pss_start_kib = 0;   // before the first client
};

std::string to_json(const Options& options, Result& result);

// Clients on one epoll, and the loop that runs them.
class Scenario : public ClientEvents {
public:
    explicit Scenario(const Options& options) : options_{options}, relay_{options.pids} {}
    virtual ~Scenario() = default;
    virtual Result run() = 0;

    void on_ready(Client&) override { ++ready_; }
    void on_closed(Client&) override { ++closed_; }

protected:
    // Adds clients until there are `count`, and waits until all have logged in.
    void connect_all(std::size_t count);
    void close_all();
    // One turn of the loop, which waits at most until `until_ns`.
    void turn(std::uint64_t until_ns);
    void run_until(const std::function<bool()>& done, const char* what, double at_most_seconds = 60);
    void run_for(double seconds);
    std::uint64_t settled_pss();

    Options options_;
    ProcessTree relay_;
    Poller poller_;
    std::deque<Client> clients_;   // keeps their addresses
    std::size_t ready_ = 0;
    std::size_t closed_ = 0;
};

std::unique_ptr<Scenario> make_scenario(const Options& options);
std::unique_ptr<Scenario> make_traffic_scenario(const Options& options);
std::unique_ptr<Scenario> make_session_scenario(const Options& options);

}   // namespace bench
