#include "transports/forwarded.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "ascii.hpp"
#include "transports/http_head.hpp"

namespace wsxmpp::transports {

namespace {

std::string_view take_item(std::string_view& list) {
    const auto comma = std::min(list.find(','), list.size());
    const auto item = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    return item;
}

// Nothing when it is malformed (RFC 7239 §4).
class ForwardedReader {
public:
    explicit ForwardedReader(std::string_view text) : text_{text} {}

    std::optional<ForwardedHops> read() {
        ForwardedHops hops;
        // Empty elements of a list count for nothing (RFC 7230 §7).
        for (bool more = true; more;) {
            bool empty = true;
            ForwardedHop hop;
            if (!read_element(hop, empty)) return std::nullopt;
            if (!empty) hops.push_back(hop);
            more = take(',');
        }
        if (!text_.empty()) return std::nullopt;
        return hops;
    }

private:
    void skip_space() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size())); }

    bool take(char c) {
        skip_space();
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }

    bool read_element(ForwardedHop& hop, bool& empty) {
        std::vector<std::string_view> seen;
        do {
            skip_space();
            if (text_.empty() || text_.front() == ';' || text_.front() == ',') continue;
            empty = false;
            const std::string_view name = read_token();
            // No white space around "=" (RFC 7239 §4).
            if (name.empty() || text_.empty() || text_.front() != '=') return false;
            text_.remove_prefix(1);
            const auto value = read_value();
            if (!value || was_seen(seen, name)) return false;
            seen.push_back(name);
            if (ascii::equals_ignoring_case(name, "for") && !read_node(*value, hop)) return false;
            if (ascii::equals_ignoring_case(name, "proto")) hop.https = ascii::equals_ignoring_case(*value, "https");
        } while (take(';'));
        return true;
    }

    static bool was_seen(const std::vector<std::string_view>& seen, std::string_view name) {
        return std::any_of(seen.begin(), seen.end(),
                           [&](std::string_view other) { return ascii::equals_ignoring_case(other, name); });
    }

    std::string_view read_token() {
        const auto end = std::find_if_not(text_.begin(), text_.end(), [](char c) { return is_token({&c, 1}); });
        const auto token = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
        text_.remove_prefix(token.size());
        return token;
    }

    std::optional<std::string> read_value() {
        if (text_.empty()) return std::nullopt;
        if (text_.front() != '"') {
            const auto token = read_token();
            if (token.empty()) return std::nullopt;
            return std::string{token};
        }
        std::string value;
        for (std::size_t i = 1; i < text_.size(); ++i) {
            if (text_[i] == '"') {
                text_.remove_prefix(i + 1);
                return value;
            }
            if (text_[i] == '\\' && ++i == text_.size()) break;
            value.push_back(text_[i]);
        }
        return std::nullopt;   // the quotes are not closed
    }

    // §6: an address in IPv6 has brackets; a port may be an obfuscated one.
    static bool read_node(std::string_view node, ForwardedHop& hop) {
        if (node.empty()) return false;
        if (node.front() == '_' || ascii::equals_ignoring_case(node.substr(0, node.find(':')), "unknown")) return true;
        const auto port = node.rfind(":_");
        hop.from = ClientAddress::parse(node.substr(0, port));
        const bool bare_v6 = hop.from && hop.from->kind() == ClientAddress::Kind::v6 && node.front() != '[';
        return hop.from && !bare_v6;
    }

    std::string_view text_;
};

}   // namespace

ForwardedHops read_x_forwarded(std::string_view x_forwarded_for, std::string_view x_forwarded_proto) {
    ForwardedHops hops;
    while (!x_forwarded_for.empty())
        if (const auto item = take_item(x_forwarded_for); !item.empty())
            hops.push_back({ClientAddress::parse(item), std::nullopt});
    // Proxies put one scheme there, that of the client, and leave it as it is.
    if (const auto scheme = take_item(x_forwarded_proto); !scheme.empty()) {
        const bool https = ascii::equals_ignoring_case(scheme, "https");
        if (hops.empty()) hops.push_back({});
        for (ForwardedHop& hop : hops) hop.https = https;
    }
    return hops;
}

std::optional<ForwardedHops> read_forwarded(std::string_view header) { return ForwardedReader{header}.read(); }

ForwardedClient find_client(const ForwardedHops& hops, const ClientAddress& peer, const TrustedNetworks& trusted) {
    ForwardedClient client{peer, false};
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        if (hop->https) client.secure = *hop->https;
        if (!hop->from) break;
        client.address = *hop->from;
        if (trusted.find(client.address) == nullptr) break;
    }
    return client;
}

}   // namespace wsxmpp::transports
