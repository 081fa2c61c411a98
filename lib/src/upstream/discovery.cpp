#include "upstream/discovery.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

#include "upstream/idn.hpp"
#include "wsxmpp/error.hpp"

namespace wsxmpp::upstream {

namespace {

constexpr std::uint16_t default_port = 5222;   // RFC 6120 §3.2.2

std::uint32_t random_up_to(std::uint32_t most) {
    static thread_local std::mt19937 engine{std::random_device{}()};
    return std::uniform_int_distribution<std::uint32_t>{0, most}(engine);
}

std::string describe(const SrvRecord& record) {
    if (record.target.empty()) return ".";
    return record.target + ":" + std::to_string(record.port) + " (priority " + std::to_string(record.priority) +
           ", weight " + std::to_string(record.weight) + ")";
}

// Both questions are under way at once.
class Discovery : public std::enable_shared_from_this<Discovery> {
public:
    Discovery(std::string domain, Log log, std::function<void(Candidates)> handler)
        : domain_{std::move(domain)}, log_{std::move(log)}, handler_{std::move(handler)} {}

    void start(Resolver& resolver) {
        for (const bool tls : {true, false}) {
            const std::string name = (tls ? "_xmpps-client._tcp." : "_xmpp-client._tcp.") + domain_;
            questions_[tls ? 0 : 1] =
                resolver.srv(name, [weak = weak_from_this(), name, tls](DnsAnswer<SrvRecord> answer) {
                    if (const auto self = weak.lock()) self->on_answer(name, tls, std::move(answer));
                });
        }
    }

private:
    void on_answer(const std::string& name, bool tls, DnsAnswer<SrvRecord> answer) {
        tell(name, answer);
        authenticated_ = authenticated_ && answer.authenticated;
        for (SrvRecord& record : answer.records) {
            record.tls = tls;
            // "." as the only target: there is decidedly no such service (RFC 2782).
            if (record.target.empty() && !tls) none_said_ = true;
            const auto host = to_ascii(record.target);
            if (!host) continue;   // "." among them
            record.target = *host;
            records_[tls ? 0 : 1].push_back(std::move(record));
        }
        if (--open_ > 0) return;
        // The handler may drop us.
        const auto self = shared_from_this();
        std::exchange(handler_, nullptr)(candidates());
    }

    Candidates candidates() {
        // Whichever answer came first: TLS from the first byte is preferred among equals.
        std::vector<SrvRecord> all = std::move(records_[0]);
        std::move(records_[1].begin(), records_[1].end(), std::back_inserter(all));
        Candidates found;
        for (const SrvRecord& record : in_order(std::move(all), random_up_to))
            found.list.push_back({record.target, record.port, record.tls ? Security::tls : Security::starttls,
                                  std::nullopt, authenticated_});
        if (!found.list.empty()) return found;
        if (none_said_)
            found.failure = {errc::no_address, "its SRV records say that it has no XMPP service", {}};
        else
            found.list.push_back({domain_, default_port, Security::starttls, std::nullopt, authenticated_});
        return found;
    }

    void tell(const std::string& name, const DnsAnswer<SrvRecord>& answer) const {
        if (!log_.wants(LogLevel::debug)) return;
        if (answer.error && answer.error != errc::name_not_found) {
            log_(LogLevel::debug, "SRV records", {{"name", name}, {"error", answer.error.message()}});
            return;
        }
        std::string list;
        for (const SrvRecord& record : answer.records) list += (list.empty() ? "" : ", ") + describe(record);
        log_(LogLevel::debug, "SRV records", {{"name", name}, {"records", list.empty() ? "none" : list}});
    }

    std::string domain_;
    Log log_;
    std::function<void(Candidates)> handler_;
    std::shared_ptr<void> questions_[2];
    std::vector<SrvRecord> records_[2];   // of _xmpps-client and of _xmpp-client
    int open_ = 2;
    bool none_said_ = false;
    bool authenticated_ = true;
};

}   // namespace

std::string to_text(const Candidate& candidate) { return to_text(ServerTarget{candidate.host, candidate.port, {}}); }

std::vector<Candidate> known_candidates(ServedRoute& served, const std::string& domain) {
    const Route& route = served.route;
    std::vector<Candidate> list;
    for (const std::size_t i : served.balancer.order(Balancer::Clock::now())) {
        const ServerTarget& target = route.targets[i];
        // What is local is so to the SOCKS5 proxy then, and the way there is not.
        const bool near = route.socks5.host.empty() || is_unix(target.host);
        const auto security = near ? default_security(target) : target.security.value_or(Security::starttls);
        list.push_back({target.host, target.port, security, i});
    }
    if (list.empty() && !route.socks5.host.empty()) list.push_back({domain, default_port, Security::starttls});
    return list;
}

std::shared_ptr<void> discover(Resolver& resolver, const std::string& domain, const Log& log,
                               std::function<void(Candidates)> handler) {
    auto discovery = std::make_shared<Discovery>(domain, log, std::move(handler));
    discovery->start(resolver);
    return discovery;
}

}   // namespace wsxmpp::upstream
