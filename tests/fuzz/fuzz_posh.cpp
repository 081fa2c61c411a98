// What a website sends as its POSH document (RFC 7711 §3).
#include <algorithm>

#include "fuzz.hpp"
#include "upstream/posh_document.hpp"

using namespace wsxmpp::fuzz;
using namespace wsxmpp::upstream;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> exact(data, data + size);   // so that a byte too far is seen
    const PoshDocument document = parse_posh({exact.data(), exact.size()});
    if (!document.fault.empty()) {
        require(is_sentence(document.fault), "a fault that is no sentence", document.fault);
        require(document.fingerprints.empty() && !document.url, "a fault and a document");
        return 0;
    }
    require(document.expires.count() > 0, "a document that is not valid");
    require(document.fingerprints.empty() == document.url.has_value(), "both documents, or neither");
    require(document.fingerprints.size() <= size / 43, "more fingerprints than the document has room for");
    for (const std::string& fingerprint : document.fingerprints)
        require(fingerprint.size() == 32 || fingerprint.size() == 64, "a fingerprint of no function", fingerprint);
    if (!document.url) return 0;
    const auto& [host, target] = *document.url;
    const auto is_of_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    require(!host.empty() && std::all_of(host.begin(), host.end(), is_of_name), "a host that is no name", host);
    const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
    require(target.substr(0, 1) == "/" && std::all_of(target.begin(), target.end(), is_printable), "no target", target);
    const auto again = parse_https_url(to_text(*document.url));
    require(again && again->host == host && again->target == target, "a URL that is another when it is read again");
    return 0;
}
