// Limits before a connection is a session, by a clock of the test's own.
#include "transports/admission.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using wsxmpp::Admission;
using wsxmpp::AdmissionLimits;
using wsxmpp::transports::ClientAddress;
using Impl = Admission::Impl;
using Verdict = Impl::Verdict;

namespace {

ClientAddress at(const char* text) { return *ClientAddress::parse(text); }

const ClientAddress one = at("192.0.2.1:1");
const ClientAddress other = at("192.0.2.2:1");
const Impl::Clock::time_point start{1h};

AdmissionLimits few() {
    AdmissionLimits limits;
    limits.max_sessions = 3;
    limits.max_sessions_per_address = 2;
    limits.max_handshakes = 2;
    limits.connection_rate = 10;
    limits.connection_burst = 3;
    return limits;
}

}   // namespace

TEST_CASE("sessions are limited in all, and those that ended make room") {
    Admission admission{few()};
    auto& impl = admission.impl();
    for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
        CHECK(impl.begin_session(at(address), true) == Verdict::admitted);
    CHECK(impl.begin_session(at("192.0.2.4"), true) == Verdict::too_many_sessions);
    CHECK(impl.begin_session(ClientAddress::of_unix_socket(), false) == Verdict::too_many_sessions);
    CHECK(admission.sessions() == 3);
    impl.end_session(at("192.0.2.2"), true);
    CHECK(admission.sessions() == 2);
    CHECK(impl.begin_session(at("192.0.2.4"), true) == Verdict::admitted);
}

TEST_CASE("sessions are limited by address, whatever the port") {
    Admission admission{few()};
    auto& impl = admission.impl();
    CHECK(impl.begin_session(at("192.0.2.1:1"), true) == Verdict::admitted);
    CHECK(impl.begin_session(at("192.0.2.1:2"), true) == Verdict::admitted);
    CHECK(impl.begin_session(at("192.0.2.1:3"), true) == Verdict::too_many_of_address);
    CHECK(admission.sessions() == 2);   // what was refused does not count
    CHECK(impl.begin_session(other, true) == Verdict::admitted);
    impl.end_session(at("192.0.2.1:2"), true);
    CHECK(impl.begin_session(at("192.0.2.1:4"), true) == Verdict::admitted);
}

TEST_CASE("those who are not limited by address count in all alone") {
    Admission admission{few()};
    auto& impl = admission.impl();
    for (int i = 0; i < 3; ++i) CHECK(impl.begin_session(one, false) == Verdict::admitted);
    impl.end_session(one, false);
    CHECK(impl.begin_session(one, true) == Verdict::admitted);
    CHECK(admission.sessions() == 3);
}

TEST_CASE("an IPv6 address counts by its first 64 bits") {
    Admission admission{few()};
    auto& impl = admission.impl();
    CHECK(impl.begin_session(at("2001:db8:0:1::1"), true) == Verdict::admitted);
    CHECK(impl.begin_session(at("2001:db8:0:1:ffff::"), true) == Verdict::admitted);
    CHECK(impl.begin_session(at("2001:db8:0:1::3"), true) == Verdict::too_many_of_address);
    CHECK(impl.begin_session(at("2001:db8:0:2::1"), true) == Verdict::admitted);
}

TEST_CASE("an IPv4 address is not mistaken for an IPv6 one") {
    Admission admission{few()};
    auto& impl = admission.impl();
    CHECK(impl.begin_session(at("32.1.13.184"), true) == Verdict::admitted);   // 0x20010db8
    CHECK(impl.begin_session(at("32.1.13.184"), true) == Verdict::admitted);
    CHECK(impl.begin_session(at("2001:db8::"), true) == Verdict::admitted);
}

TEST_CASE("connections of one address are limited to a burst and then to their rate") {
    Admission admission{few()};
    auto& impl = admission.impl();
    for (int i = 0; i < 4; ++i) CHECK(impl.take_from_rate(one, start) == Verdict::admitted);
    CHECK(impl.take_from_rate(one, start) == Verdict::too_fast);
    CHECK(impl.take_from_rate(other, start) == Verdict::admitted);
    CHECK(impl.take_from_rate(one, start + 99ms) == Verdict::too_fast);
    CHECK(impl.take_from_rate(one, start + 100ms) == Verdict::admitted);
    CHECK(impl.take_from_rate(one, start + 100ms) == Verdict::too_fast);
    // What was refused did not count; after a while the burst is there again.
    for (int i = 0; i < 4; ++i) CHECK(impl.take_from_rate(one, start + 10s) == Verdict::admitted);
    CHECK(impl.take_from_rate(one, start + 10s) == Verdict::too_fast);
}

TEST_CASE("no rate, and no limit by address, when they are 0") {
    auto limits = few();
    limits.connection_rate = 0;
    limits.max_sessions_per_address = 0;
    limits.max_sessions = 100;
    Admission admission{limits};
    for (int i = 0; i < 100; ++i) {
        CHECK(admission.impl().take_from_rate(one, start) == Verdict::admitted);
        CHECK(admission.impl().begin_session(one, true) == Verdict::admitted);
    }
    CHECK(admission.impl().known_addresses() == 0);
}

TEST_CASE("handshakes are limited in all") {
    Admission admission{few()};
    auto& impl = admission.impl();
    CHECK(impl.begin_handshake() == Verdict::admitted);
    CHECK(impl.begin_handshake() == Verdict::admitted);
    CHECK(impl.begin_handshake() == Verdict::too_many_handshakes);
    CHECK(admission.handshakes() == 2);
    impl.end_handshake();
    CHECK(impl.begin_handshake() == Verdict::admitted);
}

TEST_CASE("loopback, Unix-domain sockets and proxies that name no client are not limited by address") {
    auto limits = few();
    const Admission::Impl standard{limits};
    CHECK(standard.limits_address(one, false));
    CHECK_FALSE(standard.limits_address(one, true));
    CHECK_FALSE(standard.limits_address(at("127.0.0.1"), false));
    CHECK_FALSE(standard.limits_address(at("::1"), false));
    CHECK_FALSE(standard.limits_address(ClientAddress::of_unix_socket(), false));
    limits.limit_loopback = true;
    CHECK(Admission::Impl{limits}.limits_address(at("127.0.0.1"), false));
}

TEST_CASE("as many sessions as there are descriptors for, unless it is said how many") {
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit limit = before;
    const auto with = [&limit](rlim_t descriptors) {
        limit.rlim_cur = descriptors;
        REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        return Admission{}.limits().max_sessions;
    };
    CHECK(with(1'024) == 384);
    CHECK(with(100) == 37);
    CHECK(with(3) == 1);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("addresses of whom there is nothing to know are forgotten, and memory is bounded") {
    Admission admission{AdmissionLimits{1'000'000, 10, 1, 1, 1, false}};
    auto& impl = admission.impl();
    const auto nth = [](std::uint32_t i) { return ClientAddress{asio::ip::address_v4{0x0A000000U + i}, std::nullopt}; };
    REQUIRE(impl.begin_session(one, true) == Verdict::admitted);
    for (std::uint32_t i = 0; i < 600'000; ++i) impl.take_from_rate(nth(i), start);
    CHECK(impl.known_addresses() <= 16 * 16'384 + 1);
    // One that has a session is not forgotten.
    impl.end_session(one, true);
    CHECK(admission.sessions() == 0);
}

TEST_CASE("a session that ends leaves nothing behind") {
    Admission admission{few()};
    REQUIRE(admission.impl().begin_session(one, true) == Verdict::admitted);
    CHECK(admission.impl().known_addresses() == 1);
    admission.impl().end_session(one, true);
    CHECK(admission.impl().known_addresses() == 0);
}

TEST_CASE("threads count together") {
    auto limits = few();
    limits.max_sessions = 1'000;
    limits.max_sessions_per_address = 500;
    Admission admission{limits};
    std::atomic<int> admitted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 1'000; ++i)
                if (admission.impl().begin_session(one, true) == Verdict::admitted) ++admitted;
        });
    for (auto& thread : threads) thread.join();
    CHECK(admitted == 500);
    CHECK(admission.sessions() == 500);
}
