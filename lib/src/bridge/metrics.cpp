#include "wsxmpp/metrics.hpp"

#include "wsxmpp/error.hpp"

namespace wsxmpp {

std::string_view to_string(SessionState state) noexcept {
    switch (state) {
        case SessionState::waiting: return "waiting";
        case SessionState::connecting: return "connecting";
        case SessionState::negotiating: return "negotiating";
        case SessionState::logged_in: return "logged in";
        case SessionState::closing: return "closing";
    }
    return {};
}

std::string_view to_string(Limit limit) noexcept {
    switch (limit) {
        case Limit::open_timeout: return "open-timeout";
        case Limit::login_timeout: return "login-timeout";
        case Limit::max_element: return "max-element";
        case Limit::max_element_before_login: return "max-element-before-login";
        case Limit::max_depth: return "max-depth";
        case Limit::max_attributes: return "max-attributes";
        case Limit::max_fragments: return "max-fragments";
        case Limit::rate_messages: return "rate-messages";
        case Limit::rate_bytes: return "rate-bytes";
        case Limit::answer_timeout: return "answer-timeout";
        case Limit::pong_timeout: return "pong-timeout";
        case Limit::max_server_element: return "max-server-element";
    }
    return {};
}

// The shared group is there from the start, behind the place of the last one: what is read is its index alone.
SessionGroups::SessionGroups() {
    groups_[most] = std::make_unique<SessionGroup>();
    groups_[most]->name = "other";
}

SessionGroup* SessionGroups::find(std::string_view name) noexcept {
    const std::size_t size = this->size();
    for (std::size_t i = 0; i < size && i < most; ++i)
        if (groups_[i]->name == name) return groups_[i].get();
    return nullptr;
}

std::uint8_t SessionGroups::find_or_add(std::string_view name) {
    const std::size_t size = this->size();
    for (std::size_t i = 0; i < size && i < most; ++i)
        if (groups_[i]->name == name) return static_cast<std::uint8_t>(i);
    if (size >= most) {
        size_.store(most + 1, std::memory_order_release);
        return most;
    }
    groups_[size] = std::make_unique<SessionGroup>();
    groups_[size]->name = name;
    size_.store(size + 1, std::memory_order_release);
    return static_cast<std::uint8_t>(size);
}

void Metrics::count_error(std::error_code ec) noexcept {
    const bool ours = ec.category() == error_category() && ec.value() > 0;
    const auto code = ours ? static_cast<std::size_t>(ec.value()) : 0;
    errors[code < error_codes ? code : 0].add();
}

}   // namespace wsxmpp
