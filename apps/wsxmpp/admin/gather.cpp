#include "admin/gather.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <system_error>
#include <utility>

#include "admin/process_samples.hpp"
#include "admin/tls_samples.hpp"
#include "wsxmpp/metrics.hpp"
#include "wsxmpp/prometheus.hpp"
#include "wsxmpp/version.hpp"

namespace wsxmpp::app {
namespace {

constexpr double microseconds_in_a_second = 1e6;

// Of several threads, as one.
template <typename Histogram>
void add(Durations& sum, const Histogram& histogram) {
    if (sum.bounds.empty()) {
        for (const auto bound : Histogram::upper)
            sum.bounds.push_back(static_cast<double>(bound) / microseconds_in_a_second);
        sum.counts.resize(Histogram::buckets);
    }
    for (std::size_t i = 0; i < Histogram::buckets; ++i) sum.counts[i] += histogram.count(i);
}

}   // namespace

ServerAdminSource::ServerAdminSource(std::shared_ptr<asio::io_context> io, Server& server,
                                     std::chrono::milliseconds timeout, std::chrono::milliseconds readiness_timeout)
    : io_{std::move(io)},
      server_{server},
      timeout_{timeout},
      readiness_timeout_{readiness_timeout},
      upstream_{server.upstream()},
      metrics_{server.metrics()},
      counters_{server.counters()},
      started_{std::chrono::steady_clock::now()},
      started_at_{std::chrono::system_clock::now()} {}

AdminAbout ServerAdminSource::about() {
    return {version,
            upstream_,
            server_.threads(),
            started_at_,
            std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_),
            server_.is_draining()};
}

AdminSample ServerAdminSource::sample() {
    AdminSample sum;
    for (const auto& metrics : metrics_) {
        for (const auto& sessions : metrics->sessions)
            sum.sessions += static_cast<std::uint64_t>(std::max<std::int64_t>(sessions.value(), 0));
        const auto logged_in = metrics->sessions[static_cast<std::size_t>(SessionState::logged_in)].value();
        sum.logged_in += static_cast<std::uint64_t>(std::max<std::int64_t>(logged_in, 0));
        sum.accepted += metrics->sessions_accepted.value();
        sum.failed += metrics->sessions_failed.value();
        sum.messages_from_clients += metrics->traffic.messages_from_clients.value();
        sum.messages_from_servers += metrics->traffic.messages_to_clients.value();
        sum.bytes_from_clients += metrics->traffic.bytes_from_clients.value();
        sum.bytes_from_servers += metrics->traffic.bytes_from_servers.value();
        add(sum.connect, metrics->connect);
        add(sum.answer, metrics->answer);
    }
    return sum;
}

std::string ServerAdminSource::prometheus() {
    std::vector<const Metrics*> threads;
    for (const auto& metrics : metrics_) threads.push_back(metrics.get());
    std::vector<const ListenerCounters*> listeners;
    for (const auto& counters : counters_) listeners.push_back(counters.get());
    auto others = process_samples(started_at_);
    if (const TlsServer* const tls = server_.tls()) {
        const auto samples = tls_samples(*tls);
        others.insert(others.end(), samples.begin(), samples.end());
    }
    return prometheus_text(threads, listeners, others);
}

// What takes `count` answers, on any thread. They are put together on this one. A thread that answers late, or never,
// is not waited for; what it was given holds the io_context, but nothing else.
template <typename T>
std::function<void(T)> ServerAdminSource::gather(std::size_t count, std::chrono::milliseconds timeout,
                                                 std::function<void(std::optional<std::vector<T>>)> done) {
    struct Gathering {
        explicit Gathering(asio::io_context& io) : timer{io} {}
        asio::steady_timer timer;
        std::size_t missing = 0;
        std::vector<T> answers;
        std::function<void(std::optional<std::vector<T>>)> done;
    };
    auto gathering = std::make_shared<Gathering>(*io_);
    gathering->missing = count;
    gathering->done = std::move(done);
    gathering->timer.expires_after(timeout);
    gathering->timer.async_wait([gathering](std::error_code ec) {
        if (!ec && gathering->done) std::exchange(gathering->done, nullptr)(std::nullopt);
    });
    return [io = io_, weak = std::weak_ptr<Gathering>{gathering}](T answer) {
        asio::post(*io, [weak, answer = std::move(answer)]() mutable {
            const auto asked = weak.lock();
            if (!asked || !asked->done) return;
            asked->answers.push_back(std::move(answer));
            if (--asked->missing > 0) return;
            asked->timer.cancel();
            std::exchange(asked->done, nullptr)(std::move(asked->answers));
        });
    };
}

template <typename T>
void ServerAdminSource::ask_each(std::function<T(Bridge&)> question,
                                 std::function<void(std::optional<std::vector<T>>)> done) {
    const auto answer = gather<T>(server_.threads(), timeout_, std::move(done));
    for (std::size_t i = 0; i < server_.threads(); ++i)
        server_.post(i, [question, answer](Bridge& bridge) { answer(question(bridge)); });
}

void ServerAdminSource::update(std::function<void(bool)> done) {
    ask_each<char>(
        [](Bridge& bridge) {
            bridge.update_metrics();
            return '\1';
        },
        [done = std::move(done)](const std::optional<std::vector<char>>& all) { done(all.has_value()); });
}

void ServerAdminSource::readiness(std::function<void(std::optional<std::string>)> done) {
    server_.check_readiness(gather<std::string>(
        1, readiness_timeout_, [done = std::move(done)](std::optional<std::vector<std::string>> answers) {
            done(answers ? std::optional{std::move(answers->front())} : std::nullopt);
        }));
}

void ServerAdminSource::sessions(std::function<void(Sessions)> done) {
    using Views = std::vector<SessionView>;
    ask_each<Views>([](Bridge& bridge) { return bridge.session_views(); },
                    [done = std::move(done)](std::optional<std::vector<Views>> each) {
                        if (!each) return done(std::nullopt);
                        Views all;
                        for (auto& views : *each)
                            all.insert(all.end(), std::make_move_iterator(views.begin()),
                                       std::make_move_iterator(views.end()));
                        done(std::move(all));
                    });
}

void ServerAdminSource::close(std::uint64_t id, std::function<void(std::optional<bool>)> done) {
    ask_each<char>([id](Bridge& bridge) { return static_cast<char>(bridge.close_session(id)); },
                   [done = std::move(done)](const std::optional<std::vector<char>>& found) {
                       if (!found) return done(std::nullopt);
                       done(std::any_of(found->begin(), found->end(), [](char each) { return each != 0; }));
                   });
}

}   // namespace wsxmpp::app
