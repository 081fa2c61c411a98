#include "upstream/attempt_text.hpp"

#include <fmt/format.h>

namespace wsxmpp::upstream {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string ms_since(steady_clock::time_point start) {
    return std::to_string(std::chrono::duration_cast<milliseconds>(steady_clock::now() - start).count());
}

std::string_view to_string(Security security) {
    switch (security) {
        case Security::none: return "none";
        case Security::starttls: return "starttls";
        case Security::starttls_if_offered: return "starttls-if-offered";
        case Security::tls: return "tls";
    }
    return {};
}

std::string within(milliseconds time) { return fmt::format("within {:g} s", static_cast<double>(time.count()) / 1e3); }

std::string listed(const std::vector<std::string>& texts, std::string_view separator) {
    return fmt::format("{}", fmt::join(texts, separator));
}

}   // namespace wsxmpp::upstream
