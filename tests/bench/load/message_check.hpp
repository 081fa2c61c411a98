// Follows the messages that come back on one connection, however they are split, and compares their bodies.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "load/traffic.hpp"

namespace bench {

class MessageCheck {
public:
    // `expected` tells the body that must come next, `done` is called when it has come whole.
    void feed(std::string_view bytes, const std::function<Body()>& expected, const std::function<void()>& done);
    // Whether a message has begun and not ended.
    bool inside() const { return state_ != State::head || !held_.empty(); }

private:
    enum class State { head, body, tail };

    std::string_view take_until(std::string_view& bytes, std::string_view end);

    State state_ = State::head;
    std::string held_;   // of a head or tail that is split
    Body body_;
    std::size_t at_ = 0;
};

}   // namespace bench
