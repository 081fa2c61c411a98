#include "check/check.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "check/stream_answers.hpp"
#include "wsxmpp/error.hpp"
#include "wsxmpp/stream_codec.hpp"

namespace wsxmpp::app {
namespace {

constexpr std::string_view ns_streams = "http://etherx.jabber.org/streams";

// Opens a stream and waits for its features.
class Conversation final : public Receiver, public std::enable_shared_from_this<Conversation> {
public:
    Conversation(asio::io_context& io, CheckReport& report, std::chrono::milliseconds answer_timeout,
                 bool keep_end_point)
        : timer_{io}, report_{report}, answer_timeout_{answer_timeout}, keep_end_point_{keep_end_point} {}

    void start(std::shared_ptr<Connection> connection) {
        connection_ = std::move(connection);
        connection_->start(shared_from_this(), 0);
        StreamHeader header;
        header.attributes = {{"to", attribute_value(report_.domain)}, {"version", "1.0"}};
        connection_->write({encode_stream_open(header)});
        connection_->flush();
        timer_.expires_after(answer_timeout_);
        timer_.async_wait([weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (self && !ec) self->fail(errc::upstream_timeout, "it was connected, and did not say what it offers");
        });
    }

private:
    void on_data(std::string_view data) override {
        decoder_.feed(data);
        for (const Event* event = nullptr; !done_ && (event = decoder_.next()) != nullptr;) on_event(*event);
        if (decoder_.error()) fail(errc::upstream_violation, std::string{decoder_.detail()});
    }
    void on_read_end() override {}
    void on_end(std::error_code reason, std::string_view detail) override {
        fail(errc::upstream_lost,
             "before it said what it offers: " + (detail.empty() ? reason.message() : std::string{detail}));
    }
    void on_writable() override {}
    void on_closed() override { timer_.cancel(); }

    void on_event(const Event& event) {
        if (event.type == Event::Type::close) return fail(errc::stream_refused, "the server ended the stream");
        if (event.type != Event::Type::element) return;
        if (event.element.is("features", ns_streams)) {
            auto [features, mechanisms] =
                read_features(without_transport_features(event.element.str(), keep_end_point_));
            report_.features = std::move(features);
            report_.mechanisms = std::move(mechanisms);
            finish();
        } else if (event.element.is("error", ns_streams)) {
            fail(errc::stream_refused, "the server ended the stream: " + read_stream_error(event.element.str()));
        }
    }

    void fail(std::error_code ec, std::string detail) {
        if (done_) return;
        report_.error = ec;
        report_.detail = std::move(detail);
        finish();
    }

    void finish() {
        if (std::exchange(done_, true)) return;
        timer_.cancel();
        connection_->write({stream_close});
        connection_->close(1000, {});
    }

    asio::steady_timer timer_;
    CheckReport& report_;
    std::chrono::milliseconds answer_timeout_;
    bool keep_end_point_;
    std::shared_ptr<Connection> connection_;
    StreamDecoder decoder_;
    bool done_ = false;
};

}   // namespace

CheckReport check(const std::string& domain, ServerUpstreamOptions options, std::chrono::milliseconds answer_timeout,
                  bool keep_end_point) {
    CheckReport report;
    report.domain = domain;
    options.log = Log{LogLevel::debug, [&report](LogLevel, std::string_view message, LogFields fields) {
                          auto& step = report.steps.emplace_back();
                          step.name = message;
                          for (const auto& [key, value] : fields) step.fields.emplace_back(key, value);
                      }};
    asio::io_context io{1};
    ServerUpstream upstream{io, std::move(options)};
    const auto conversation = std::make_shared<Conversation>(io, report, answer_timeout, keep_end_point);
    const auto handle = upstream.connect({domain}, [&](UpstreamResult result) {
        report.error = result.error;
        report.detail = result.detail;
        if (result.connection) conversation->start(std::move(result.connection));
    });
    io.run();
    return report;
}

}   // namespace wsxmpp::app
