#include "transports/io_shared.hpp"

#include <algorithm>
#include <utility>

namespace wsxmpp::transports {

asio::execution_context::id IoShared::id;

namespace {

// After many have gone.
template <typename T>
void shrink(std::vector<T>& list) {
    if (list.capacity() > 1024 && list.capacity() > 8 * list.size()) list.shrink_to_fit();
}

std::shared_ptr<Registered> not_owning(Registered& who) { return {std::shared_ptr<void>{}, &who}; }

}   // namespace

// --- Registered

Registered::Registered(IoShared& shared) : shared_{&shared} { shared.add(*this); }

Registered::~Registered() {
    if (shared_ != nullptr) shared_->remove(*this);
}

void Registered::keep_alive(std::shared_ptr<Registered> self) {
    if (shared_ != nullptr) shared_->registry_[index_] = std::move(self);
}

std::shared_ptr<Registered> Registered::let_go() {
    if (shared_ == nullptr) return {};
    return std::exchange(shared_->registry_[index_], not_owning(*this));
}

const std::shared_ptr<Registered>& Registered::self() const { return shared_->registry_[index_]; }

void Registered::set_deadline(std::chrono::milliseconds from_now) {
    if (shared_ != nullptr) shared_->set_deadline(*this, IoShared::Clock::now() + from_now);
}

void Registered::clear_deadline() {
    if (shared_ != nullptr) shared_->clear_deadline(*this);
}

// --- IoShared

IoShared::IoShared(asio::io_context& io)
    : asio::execution_context::service{io},
      io_{io},
      read_buffer_{std::make_unique<std::array<char, read_size>>()},
      readiness_{std::in_place, io},
      timer_{std::in_place, io} {}

void IoShared::shutdown() noexcept {
    while (!registry_.empty()) {
        const std::shared_ptr<Registered> who = registry_.back();
        remove(*who);
        who->shared_ = nullptr;
        who->on_shutdown();
    }
    readiness_.reset();
    timer_.reset();
}

std::chrono::milliseconds IoShared::jittered(std::chrono::milliseconds interval) {
    std::uniform_int_distribution<std::chrono::milliseconds::rep> less{0, interval.count() / 10};
    return interval - std::chrono::milliseconds{less(random_)};
}

void IoShared::add(Registered& who) {
    who.index_ = static_cast<std::uint32_t>(registry_.size());
    registry_.push_back(not_owning(who));
}

void IoShared::remove(Registered& who) {
    clear_deadline(who);
    std::shared_ptr<Registered> last = std::move(registry_.back());
    registry_.pop_back();
    if (last.get() == &who) return;
    last->index_ = who.index_;
    registry_[who.index_] = std::move(last);
    shrink(registry_);
}

void IoShared::set_deadline(Registered& who, Clock::time_point at) {
    if (who.heap_index_ == Registered::none) {
        deadlines_.push_back({at, &who});
        who.heap_index_ = static_cast<std::uint32_t>(deadlines_.size() - 1);
    } else {
        deadlines_[who.heap_index_].at = at;
        sift_down(who.heap_index_);
    }
    sift_up(who.heap_index_);
    arm_timer();
}

void IoShared::clear_deadline(Registered& who) {
    if (who.heap_index_ == Registered::none) return;
    const std::size_t index = who.heap_index_;
    who.heap_index_ = Registered::none;
    const Deadline last = deadlines_.back();
    deadlines_.pop_back();
    if (last.who != &who) {
        place(index, last);
        sift_down(index);
        sift_up(last.who->heap_index_);
    }
    shrink(deadlines_);
    // Without deadlines the timer must not keep io_context::run() from returning.
    if (deadlines_.empty() && armed_for_) {
        armed_for_.reset();
        timer_->cancel();
    }
}

void IoShared::place(std::size_t index, Deadline deadline) {
    deadlines_[index] = deadline;
    deadline.who->heap_index_ = static_cast<std::uint32_t>(index);
}

void IoShared::sift_up(std::size_t index) {
    const Deadline moving = deadlines_[index];
    for (; index > 0 && moving.at < deadlines_[(index - 1) / 2].at; index = (index - 1) / 2)
        place(index, deadlines_[(index - 1) / 2]);
    place(index, moving);
}

void IoShared::sift_down(std::size_t index) {
    const Deadline moving = deadlines_[index];
    for (;;) {
        std::size_t child = 2 * index + 1;
        if (child >= deadlines_.size()) break;
        if (child + 1 < deadlines_.size() && deadlines_[child + 1].at < deadlines_[child].at) ++child;
        if (deadlines_[child].at >= moving.at) break;
        place(index, deadlines_[child]);
        index = child;
    }
    place(index, moving);
}

// Re-arms only for an earlier deadline: one that moved away costs a timer that fires for nothing, once.
void IoShared::arm_timer() {
    if (deadlines_.empty() || (armed_for_ && *armed_for_ <= deadlines_.front().at)) return;
    armed_for_ = deadlines_.front().at;
    timer_->expires_at(*armed_for_);
    timer_->async_wait([this](std::error_code ec) {
        if (!ec) on_timer();
    });
}

void IoShared::on_timer() {
    armed_for_.reset();
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.front().at <= now) {
        Registered& who = *deadlines_.front().who;
        clear_deadline(who);
        who.on_deadline();
    }
    arm_timer();
}

}   // namespace wsxmpp::transports
