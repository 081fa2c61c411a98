#include "load/message_check.hpp"

#include <algorithm>

#include "load/net.hpp"

namespace bench {

namespace {

constexpr std::string_view body_open = "<body>";
constexpr std::string_view message_close = "</message>";
constexpr std::size_t longest_head = 4'096;

}   // namespace

// What stands before and with `end`; empty when it has not come yet, and then all of `bytes` is held.
std::string_view MessageCheck::take_until(std::string_view& bytes, std::string_view end) {
    if (held_.empty()) {
        const auto at = bytes.find(end);
        if (at != std::string_view::npos) {
            const auto taken = bytes.substr(0, at + end.size());
            bytes.remove_prefix(taken.size());
            return taken;
        }
        held_ = bytes;
        bytes = {};
    } else {
        const std::size_t before = held_.size();
        held_.append(bytes.substr(0, longest_head));
        const auto at = held_.find(end, before - std::min(before, end.size() - 1));
        if (at != std::string::npos) {
            bytes.remove_prefix(at + end.size() - before);
            held_.resize(at + end.size());
            return held_;
        }
        bytes = {};
    }
    if (held_.size() > longest_head) throw Failure{"no " + std::string{end} + " in: " + held_.substr(0, 300)};
    return {};
}

void MessageCheck::feed(std::string_view bytes, const std::function<Body()>& expected,
                        const std::function<void()>& done) {
    while (!bytes.empty()) {
        switch (state_) {
            case State::head: {
                const auto head = take_until(bytes, body_open);
                if (head.empty()) return;
                if (head.substr(0, 9) != "<message ") throw Failure{"not a message: " + std::string{head}};
                held_.clear();
                body_ = expected();
                at_ = 0;
                state_ = State::body;
                break;
            }
            case State::body: {
                const auto part = bytes.substr(0, body_.size() - at_);
                if (!body_.matches(at_, part)) throw Failure{"another body than was sent: " + std::string{part}};
                bytes.remove_prefix(part.size());
                at_ += part.size();
                if (at_ == body_.size()) state_ = State::tail;
                break;
            }
            case State::tail: {
                const auto tail = take_until(bytes, message_close);
                if (tail.empty()) return;
                if (tail.substr(0, 7) != "</body>") throw Failure{"more body than was sent: " + std::string{tail}};
                held_.clear();
                state_ = State::head;
                done();
                break;
            }
        }
    }
}

}   // namespace bench
