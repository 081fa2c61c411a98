// What was wrong with some input: a code, and a sentence for the person who must mend it. One pointer while nothing is:
// there is one in each decoder of each session.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "wsxmpp/error.hpp"

namespace wsxmpp::core {

class Fault {
public:
    explicit operator bool() const noexcept { return what_ != nullptr; }
    errc code() const noexcept { return what_ ? what_->code : errc{}; }
    std::error_code error() const noexcept { return what_ ? make_error_code(what_->code) : std::error_code{}; }
    std::string_view detail() const noexcept { return what_ ? std::string_view{what_->detail} : std::string_view{}; }

    // Always false, so that a check can end with `return fault.set(…)`.
    bool set(errc code, std::string detail) {
        what_ = std::make_unique<What>(What{code, std::move(detail)});
        return false;
    }
    void clear() noexcept { what_.reset(); }

private:
    struct What {
        errc code;
        std::string detail;
    };
    std::unique_ptr<What> what_;
};

}   // namespace wsxmpp::core
