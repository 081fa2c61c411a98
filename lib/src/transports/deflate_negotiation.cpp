#include "transports/deflate_negotiation.hpp"

#include <algorithm>
#include <vector>

#include "transports/http_head.hpp"

namespace wsxmpp::transports {

namespace {

struct Parameter {
    std::string_view name;
    std::optional<std::string> value;
};

struct Offer {
    std::string_view extension;
    std::vector<Parameter> parameters;
};

// The grammar of RFC 6455 §9.1. White space may stand anywhere between tokens; a list may have empty elements
// (RFC 9110 §5.6.1.2).
class OfferParser {
public:
    explicit OfferParser(std::string_view text) : rest_{text} {}

    // Empty: malformed.
    std::optional<std::vector<Offer>> parse() {
        std::vector<Offer> offers;
        do {
            skip_space();
            if (rest_.empty() || rest_.front() == ',') continue;
            Offer& offer = offers.emplace_back();
            if ((offer.extension = token()).empty()) return std::nullopt;
            while (take(';'))
                if (!parameter(offer.parameters.emplace_back())) return std::nullopt;
        } while (take(','));
        if (!rest_.empty()) return std::nullopt;
        return offers;
    }

private:
    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

    bool take(char c) {
        skip_space();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        skip_space();
        return true;
    }

    std::string_view token() {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
        const std::string_view token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(token.size());
        return token;
    }

    bool parameter(Parameter& parameter) {
        if ((parameter.name = token()).empty()) return false;
        if (!take('=')) return true;
        parameter.value.emplace();
        if (take('"')) return quoted(*parameter.value);
        *parameter.value = token();
        return !parameter.value->empty();
    }

    // What is between the quotes must be a token, too.
    bool quoted(std::string& value) {
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\') rest_.remove_prefix(1);
            if (rest_.empty() || !is_token_char(rest_.front())) return false;
            value.push_back(rest_.front());
            rest_.remove_prefix(1);
        }
        return take('"') && !value.empty();
    }

    std::string_view rest_;
};

// 8 to 15, without leading zeros; 0: it is none of these.
int window_bits(const std::string& text) {
    if (text.empty() || text.size() > 2 || text.front() == '0') return 0;
    int bits = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return 0;
        bits = 10 * bits + (c - '0');
    }
    return bits >= 8 && bits <= 15 ? bits : 0;
}

// The parameters of an offer that can be understood.
struct Wishes {
    bool no_server_takeover = false;
    bool no_client_takeover = false;
    int server_bits = 0;       // 0: any
    int client_bits = 0;       // 0: the client says nothing of them
    bool takes_bits = false;   // the client can be told how many bits it may use
};

std::optional<Wishes> understand(const std::vector<Parameter>& parameters) {
    Wishes wishes;
    for (const auto& [name, value] : parameters) {
        if (name == "server_no_context_takeover" || name == "client_no_context_takeover") {
            bool& wish = name.front() == 's' ? wishes.no_server_takeover : wishes.no_client_takeover;
            if (wish || value) return std::nullopt;
            wish = true;
        } else if (name == "server_max_window_bits") {
            if (wishes.server_bits != 0 || !value || (wishes.server_bits = window_bits(*value)) == 0)
                return std::nullopt;
        } else if (name == "client_max_window_bits") {
            if (wishes.takes_bits || (value && (wishes.client_bits = window_bits(*value)) == 0)) return std::nullopt;
            wishes.takes_bits = true;
        } else {
            return std::nullopt;
        }
    }
    return wishes;
}

DeflateNegotiation accept(const Wishes& wishes, const DeflateOptions& options) {
    const int most_server_bits = std::clamp(options.server_window_bits, 9, 15);
    const int most_client_bits = std::clamp(options.client_window_bits, 9, 15);
    DeflateAgreement agreed;
    std::string response = "permessage-deflate";

    agreed.server_context_takeover = options.server_context_takeover && !wishes.no_server_takeover;
    if (!agreed.server_context_takeover) response += "; server_no_context_takeover";
    // What the client takes anyway need not be said (§7.1.2.1), but what it asked for must be.
    const int server_bits = wishes.server_bits == 0 ? most_server_bits : std::min(wishes.server_bits, most_server_bits);
    if (wishes.server_bits != 0 || server_bits < 15)
        response += "; server_max_window_bits=" + std::to_string(server_bits);

    // What the client says it will not use anyway is agreed on, for the memory's sake (§7.1.1.2, §7.1.2.2).
    int client_bits = 15;
    if (wishes.takes_bits) {
        client_bits = wishes.client_bits == 0 ? most_client_bits : std::min(wishes.client_bits, most_client_bits);
        if (client_bits < 15) response += "; client_max_window_bits=" + std::to_string(client_bits);
    }
    agreed.client_context_takeover =
        options.client_context_takeover && !wishes.no_client_takeover && client_bits <= most_client_bits;
    if (!agreed.client_context_takeover) response += "; client_no_context_takeover";

    agreed.server_window_bits = static_cast<std::uint8_t>(server_bits);
    agreed.client_window_bits = static_cast<std::uint8_t>(client_bits);
    return {false, agreed, std::move(response)};
}

}   // namespace

DeflateNegotiation negotiate_deflate(std::string_view offers, const DeflateOptions& options) {
    if (offers.empty()) return {};
    const auto parsed = OfferParser{offers}.parse();
    if (!parsed) return {true, {}, {}};
    if (!options.enabled) return {};
    for (const Offer& offer : *parsed) {
        if (offer.extension != "permessage-deflate") continue;
        if (const auto wishes = understand(offer.parameters)) return accept(*wishes, options);
    }
    return {};
}

}   // namespace wsxmpp::transports
