#include "wsxmpp/readiness_probe.hpp"

#include <asio/steady_timer.hpp>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace wsxmpp {

class ReadinessProbe::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, std::shared_ptr<Upstream> upstream, ReadinessOptions options)
        : upstream_{std::move(upstream)}, options_{std::move(options)}, timer_{io} {}

    void check(Handler handler) {
        if (retired_ || options_.domains.empty() || Clock::now() < known_until_) return handler(why_not_);
        waiting_.push_back(std::move(handler));
        if (waiting_.size() == 1) begin();
    }

    void retire(std::string why_not) {
        retired_ = true;
        finish(std::move(why_not));
    }

    void stop() {
        waiting_.clear();
        end_attempts();
    }

private:
    using Clock = std::chrono::steady_clock;

    void begin() {
        failures_.clear();
        running_ = 0;
        all_ = options_.domains.size() == 1;
        connect(first_);
        // The first has a third of the time for itself.
        wait(all_ ? options_.timeout : options_.timeout / 3);
    }

    void connect(std::size_t index) {
        ++running_;
        attempts_.push_back(upstream_->connect({options_.domains[index]},
                                               [weak = weak_from_this(), index](const UpstreamResult& result) {
                                                   if (result.connection) result.connection->abort();
                                                   if (const auto self = weak.lock()) self->on_result(index, result);
                                               }));
    }

    void connect_others() {
        all_ = true;
        for (std::size_t i = 0; i < options_.domains.size(); ++i)
            if (i != first_) connect(i);
        wait(options_.timeout - options_.timeout / 3);
    }

    void wait(std::chrono::milliseconds time) {
        timer_.expires_after(time);
        timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (!self || ec || self->waiting_.empty()) return;
            if (!self->all_) return self->connect_others();
            self->finish(self->text("no answer in time"));
        });
    }

    void on_result(std::size_t index, const UpstreamResult& result) {
        if (!result.error) {
            first_ = index;
            return finish({});
        }
        // `detail` is for the operator alone: it has addresses.
        failures_.push_back(result.client_detail.empty() ? result.error.message() : result.client_detail);
        if (--running_ > 0) return;
        if (all_)
            finish(text({}));
        else
            connect_others();
    }

    std::string text(std::string_view more) const {
        constexpr std::size_t most = 3;
        std::string text = "not ready";
        std::string_view before = ": ";
        const auto add = [&text, &before](std::string_view part) {
            text.append(std::exchange(before, "; ")).append(part);
        };
        for (std::size_t i = 0; i < failures_.size() && i < most; ++i) add(failures_[i]);
        if (failures_.size() > most) add("and so on");
        if (!more.empty()) add(more);
        return text;
    }

    void finish(std::string why_not) {
        why_not_ = std::move(why_not);
        known_until_ = Clock::now() + options_.keep;
        end_attempts();
        for (const Handler& handler : std::exchange(waiting_, {})) handler(why_not_);
    }

    // A handler may be on its way out of one of them.
    void end_attempts() {
        timer_.cancel();
        attempts_.clear();
    }

    std::shared_ptr<Upstream> upstream_;
    ReadinessOptions options_;
    asio::steady_timer timer_;
    std::vector<Handler> waiting_;                  // not empty: a round is under way
    std::vector<std::shared_ptr<void>> attempts_;   // of this round
    std::size_t running_ = 0;                       // of them
    bool all_ = false;                              // every domain was begun with
    std::size_t first_ = 0;                         // the domain that a round begins with
    std::vector<std::string> failures_;
    std::string why_not_;   // the last answer
    Clock::time_point known_until_{};
    bool retired_ = false;
};

ReadinessProbe::ReadinessProbe(asio::io_context& io, std::shared_ptr<Upstream> upstream, ReadinessOptions options)
    : impl_{std::make_shared<Impl>(io, std::move(upstream), std::move(options))} {}

ReadinessProbe::~ReadinessProbe() { impl_->stop(); }

void ReadinessProbe::check(Handler handler) { impl_->check(std::move(handler)); }
void ReadinessProbe::retire(std::string why_not) { impl_->retire(std::move(why_not)); }

}   // namespace wsxmpp
