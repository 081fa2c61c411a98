#include "web/try_page.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "web/host_meta.hpp"
#include "web/try_page_files.hpp"

namespace wsxmpp::web {

namespace {

// 'sha256-…' of a policy. RFC 4648 §4.
std::string hash_source(std::string_view text) {
    std::array<unsigned char, 32> digest{};
    std::size_t size = 0;
    if (EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest.data(), &size) != 1)
        throw std::runtime_error{"SHA-256 is not available"};
    std::array<unsigned char, 45> base64{};   // with a null at the end
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
    return "'sha256-" + std::string{base64.begin(), base64.begin() + length} + "'";
}

void replace(std::string& text, std::string_view mark, std::string_view with) {
    const auto at = text.find(mark);
    if (at != std::string::npos) text.replace(at, mark.size(), with);
}

}   // namespace

TryPage::TryPage() : html_{try_page_html} {
    replace(html_, "{{style}}", try_page_css);
    replace(html_, "{{script}}", try_page_js);
    policy_ = fmt::format(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self' ws: wss:; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        hash_source(try_page_js), hash_source(try_page_css));
}

HttpPage TryPage::show(const TryPageFacts& facts) const {
    HttpPage page;
    page.type = "text/html; charset=utf-8";
    page.body = html_;
    replace(page.body, "{{url}}", escaped(facts.url));
    replace(page.body, "{{path}}", escaped(facts.path));
    replace(page.body, "{{domain}}", escaped(facts.domain));
    replace(page.body, "{{host}}", escaped(facts.host));
    replace(page.body, "{{origins}}", facts.origins);
    page.headers = {{"Content-Security-Policy", policy_},
                    {"X-Frame-Options", "DENY"},   // for browsers that do not know frame-ancestors
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Opener-Policy", "same-origin"}};
    return page;
}

}   // namespace wsxmpp::web
