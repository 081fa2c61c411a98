#include "upstream/resolver.hpp"

#include <ares.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "ascii.hpp"
#include "upstream/dns_channel.hpp"
#include "upstream/hosts_file.hpp"
#include "upstream/literal_address.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {
namespace {

// The system's servers change: a channel older than this is asked no more.
constexpr std::chrono::seconds channel_age{30};

std::error_code by_status(int status) {
    switch (status) {
        case ARES_ETIMEOUT: return errc::dns_timeout;
        case ARES_ENOTFOUND:                               // .onion, of which c-ares does not ask (RFC 7686)
        case ARES_EBADNAME: return errc::name_not_found;   // too long, or with an empty label: nobody has it
        default: return errc::dns_failed;
    }
}

// RFC 6761 §6.3
bool is_localhost(std::string_view name) {
    constexpr std::string_view localhost = "localhost";
    if (!name.empty() && name.back() == '.') name.remove_suffix(1);
    if (name.size() < localhost.size()) return false;
    const std::string_view before = name.substr(0, name.size() - localhost.size());
    return (before.empty() || before.back() == '.') &&
           ascii::equals_ignoring_case(name.substr(before.size()), localhost);
}

bool is_of(const asio::ip::address& address, Family family) { return address.is_v4() == (family == Family::v4); }

// What is known of the addresses of `host` without a question: all of both families, or nothing.
std::vector<asio::ip::address> known_addresses(const std::string& host, const std::string& hosts_file) {
    if (const auto literal = literal_address(host)) return {*literal};
    if (is_localhost(host)) return {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
    std::ifstream file{hosts_file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::string_view name = host;
    if (!name.empty() && name.back() == '.') name.remove_suffix(1);
    return find_host(text, name);
}

}   // namespace

class Resolver::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, std::vector<asio::ip::udp::endpoint> servers, ResolverSettings settings)
        : io_{io}, servers_{std::move(servers)}, settings_{std::move(settings)} {}

    template <typename Record>
    struct Question {
        Question(const std::shared_ptr<Impl>& impl, Handler<Record> its_handler)
            : resolver{impl}, handler{std::move(its_handler)} {
            ++impl->open_;
        }
        ~Question() { close(); }
        Question(const Question&) = delete;
        Question& operator=(const Question&) = delete;

        void close() {
            handler = nullptr;
            if (const auto impl = resolver.lock()) impl->on_closed();
            resolver.reset();
        }

        std::weak_ptr<Impl> resolver;   // none: closed
        Handler<Record> handler;
    };

    template <typename Record>
    std::shared_ptr<Question<Record>> open(Handler<Record> handler) {
        renew();
        return std::make_shared<Question<Record>>(shared_from_this(), std::move(handler));
    }

    template <typename Record>
    void answer(const std::shared_ptr<Question<Record>>& question, DnsAnswer<Record> answer) {
        asio::post(io_, [weak = std::weak_ptr{question}, answer = std::move(answer)]() mutable {
            const auto open = weak.lock();
            if (!open || open->resolver.expired()) return;
            const auto handler = std::exchange(open->handler, nullptr);
            open->close();
            if (handler) handler(std::move(answer));
        });
    }

    template <typename Record, typename Parse>
    void ask(const std::shared_ptr<Question<Record>>& question, const std::string& name, int type, Parse parse) {
        if (!channel_) channel_ = std::make_shared<DnsChannel>(io_, servers_, settings_.timeout, settings_.tries);
        channel_->ask(name, type,
                      [weak = std::weak_ptr{question}, parse, trusted = channel_->is_local()](
                          int status, std::string_view message) {
                          const auto open = weak.lock();
                          const auto impl = open ? open->resolver.lock() : nullptr;
                          if (!impl) return;
                          DnsAnswer<Record> found;
                          if (status == ARES_SUCCESS)
                              found = parse(message);
                          else
                              found.error = by_status(status);
                          found.authenticated = found.authenticated && trusted;
                          impl->answer(open, std::move(found));
                      });
    }

    const std::string& hosts_file() const { return settings_.hosts_file; }

private:
    void renew() {
        const auto now = std::chrono::steady_clock::now();
        if (channel_ && now - made_ < channel_age) return;
        // What the one before still waits for has had its time.
        previous_ = std::move(channel_);
        made_ = now;
    }

    // c-ares cannot take back one question, but all of them: then nothing is waited for any longer.
    void on_closed() {
        if (--open_ > 0) return;
        if (channel_) channel_->cancel();
        previous_.reset();
    }

    asio::io_context& io_;
    std::vector<asio::ip::udp::endpoint> servers_;
    ResolverSettings settings_;
    std::size_t open_ = 0;
    std::chrono::steady_clock::time_point made_;
    std::shared_ptr<DnsChannel> channel_;    // from the first question on
    std::shared_ptr<DnsChannel> previous_;   // with questions that were open when it was too old
};

Resolver::Resolver(asio::io_context& io, std::vector<asio::ip::udp::endpoint> servers, ResolverSettings settings)
    : impl_{std::make_shared<Impl>(io, std::move(servers), std::move(settings))} {}

Resolver::~Resolver() = default;

std::shared_ptr<void> Resolver::srv(const std::string& name, Handler<SrvRecord> handler) {
    auto question = impl_->open(std::move(handler));
    if (is_localhost(name))
        impl_->answer(question, {});
    else
        impl_->ask(question, name, dns_type_srv, parse_srv);
    return question;
}

std::shared_ptr<void> Resolver::addresses(const std::string& host, Family family, Handler<asio::ip::address> handler) {
    auto question = impl_->open(std::move(handler));
    DnsAnswer<asio::ip::address> answer;
    answer.records = known_addresses(host, impl_->hosts_file());
    if (!answer.records.empty()) {
        // Also where none is of this family: DNS must not lead past what the hosts file says.
        auto& records = answer.records;
        records.erase(std::remove_if(records.begin(), records.end(), [&](const auto& a) { return !is_of(a, family); }),
                      records.end());
        impl_->answer(question, std::move(answer));
        return question;
    }
    impl_->ask(question, host, family == Family::v4 ? dns_type_a : dns_type_aaaa,
               [family](std::string_view message) { return parse_addresses(message, family); });
    return question;
}

std::shared_ptr<void> Resolver::tlsa(const std::string& name, Handler<TlsaRecord> handler) {
    auto question = impl_->open(std::move(handler));
    if (is_localhost(name))
        impl_->answer(question, {});
    else
        impl_->ask(question, name, dns_type_tlsa, parse_tlsa);
    return question;
}

}   // namespace wsxmpp::upstream
