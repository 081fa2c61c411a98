#include "upstream/posh_document.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "upstream/base64.hpp"
#include "upstream/idn.hpp"
#include "upstream/literal_address.hpp"

namespace wsxmpp::upstream {

namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_url = 2048;
constexpr std::uint64_t longest_expiry = 10ULL * 365 * 24 * 3600;   // whoever keeps it does so for less, and adds it

// Those that this client supports (§3.3), by their names in IANA's registry.
constexpr std::pair<const char*, std::size_t> hash_functions[] = {{"sha-256", 32}, {"sha-512", 64}};

PoshDocument broken(std::string fault) {
    PoshDocument document;
    document.fault = std::move(fault);
    return document;
}

// Empty: all is well.
std::string read_fingerprint(const Json& descriptor, std::vector<std::string>& into) {
    if (!descriptor.is_object()) return "one of its \"fingerprints\" is no object";
    for (const auto& [name, size] : hash_functions) {
        const auto found = descriptor.find(name);
        if (found == descriptor.end()) continue;
        const auto* const text = found->get_ptr<const std::string*>();
        auto hash = text == nullptr ? std::nullopt : decode_base64(*text);
        if (!hash || hash->size() != size)
            return "one of its \"" + std::string{name} + "\" is not the base64 of " + std::to_string(size) + " bytes";
        into.push_back(std::move(*hash));
    }
    return {};
}

PoshDocument read_fingerprints(const Json& list) {
    if (!list.is_array()) return broken("its \"fingerprints\" are no array");
    PoshDocument document;
    for (const Json& descriptor : list)
        if (auto fault = read_fingerprint(descriptor, document.fingerprints); !fault.empty())
            return broken(std::move(fault));
    if (document.fingerprints.empty()) return broken("it has no fingerprint by sha-256 or sha-512");
    return document;
}

PoshDocument read_reference(const Json& url) {
    const auto* const text = url.get_ptr<const std::string*>();
    PoshDocument document;
    if (text != nullptr) document.url = parse_https_url(*text);
    return document.url ? document : broken("its \"url\" is not https://NAME/PATH, with port 443");
}

}   // namespace

std::string to_text(const HttpsUrl& url) { return "https://" + url.host + url.target; }

std::optional<HttpsUrl> parse_https_url(std::string_view text) {
    constexpr std::string_view scheme = "https://";
    constexpr std::string_view port = ":443";
    if (text.size() > longest_url || text.substr(0, scheme.size()) != scheme) return {};
    text.remove_prefix(scheme.size());
    text = text.substr(0, text.find('#'));
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '\\'; })) return {};
    const auto path = std::min(text.find_first_of("/?"), text.size());
    std::string_view authority = text.substr(0, path);
    if (authority.size() > port.size() && authority.substr(authority.size() - port.size()) == port)
        authority.remove_suffix(port.size());
    auto host = to_ascii(authority);   // no '@', no ':', no '%' in a name
    if (!host || literal_address(*host)) return {};
    std::string target{text.substr(path)};
    if (target.empty() || target.front() == '?') target.insert(0, 1, '/');
    return HttpsUrl{std::move(*host), std::move(target)};
}

PoshDocument parse_posh(std::string_view json) {
    const Json root = Json::parse(json.begin(), json.end(), nullptr, false);
    if (!root.is_object()) return broken("it is no JSON object");
    const auto fingerprints = root.find("fingerprints");
    const auto url = root.find("url");
    const auto expires = root.find("expires");
    if ((fingerprints == root.end()) == (url == root.end()))
        return broken(R"(it needs one of "fingerprints" and "url", and not both)");
    const auto* const seconds = expires == root.end() ? nullptr : expires->get_ptr<const Json::number_unsigned_t*>();
    if (seconds == nullptr) return broken("its \"expires\" is no non-negative integer");
    if (*seconds == 0) return broken(R"(it says of itself that it is not valid ("expires" is 0))");
    PoshDocument document = url == root.end() ? read_fingerprints(*fingerprints) : read_reference(*url);
    document.expires = std::chrono::seconds{std::min<std::uint64_t>(*seconds, longest_expiry)};
    return document;
}

}   // namespace wsxmpp::upstream
