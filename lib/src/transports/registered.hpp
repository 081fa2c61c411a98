// A connection, or a handshake, as its io_context knows it: kept alive while it works, with at most one deadline, and
// told to let go when the io_context is destroyed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace wsxmpp::transports {

class IoShared;

class Registered {
public:
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;

protected:
    explicit Registered(IoShared& shared);
    virtual ~Registered();

    // The io_context owns it too, as if by a pending operation, until let_go(). `self` points to this.
    void keep_alive(std::shared_ptr<Registered> self);
    // Hands that ownership to the caller.
    std::shared_ptr<Registered> let_go();
    // The one that keep_alive() was given. Before it and after let_go() it points here, too, and owns nothing.
    const std::shared_ptr<Registered>& self() const;

    // Replaces the deadline that was set before.
    void set_deadline(std::chrono::milliseconds from_now);
    void clear_deadline();

    // From the io_context, never from inside another call.
    virtual void on_deadline() = 0;
    // The io_context is being destroyed: close sockets, drop receivers without calling them. A connection and its
    // receiver own each other; nobody else would part them.
    virtual void on_shutdown() noexcept = 0;

    // Null once the io_context is being destroyed.
    IoShared* shared() const { return shared_; }

private:
    friend class IoShared;
    static constexpr std::uint32_t none = UINT32_MAX;

    IoShared* shared_;
    std::uint32_t index_ = none;        // in the registry
    std::uint32_t heap_index_ = none;   // in the heap of deadlines
};

}   // namespace wsxmpp::transports
