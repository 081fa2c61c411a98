// What was wrong with some input: a code, and a sentence for the person who must mend it.
#pragma once

#include <string>
#include <utility>

#include "wsxmpp/error.hpp"

namespace wsxmpp::core {

struct Fault {
    errc code{};   // 0: nothing was wrong
    std::string detail;

    explicit operator bool() const noexcept { return code != errc{}; }

    // Always false, so that a check can end with `return fault.set(…)`.
    bool set(errc what, std::string text) {
        code = what;
        detail = std::move(text);
        return false;
    }
};

}   // namespace wsxmpp::core
