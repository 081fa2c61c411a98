#include "transports/io_shared.hpp"

#include <algorithm>
#include <utility>

namespace wsxmpp::transports {

asio::execution_context::id IoShared::id;

// --- Registered

Registered::Registered(IoShared& shared) : shared_{&shared} { shared.add(*this); }

Registered::~Registered() {
    if (shared_) shared_->remove(*this);
}

void Registered::set_deadline(std::chrono::milliseconds from_now) {
    if (shared_) shared_->set_deadline(*this, IoShared::Clock::now() + from_now);
}

void Registered::clear_deadline() {
    if (shared_) shared_->clear_deadline(*this);
}

// --- SharedOutput

void SharedOutput::append(std::string_view piece) {
    if (!parts_.empty() && !parts_.back().borrowed) {
        parts_.back().size += piece.size();
    } else {
        if (parts_.size() == max_parts) copy_all();
        if (copies_)
            parts_.back().size += piece.size();
        else
            parts_.push_back({nullptr, bytes_.size(), piece.size()});
    }
    bytes_.append(piece);
}

void SharedOutput::append_view(std::string_view piece) {
    if (piece.empty()) return;
    if (copies_) return append(piece);
    if (!parts_.empty() && parts_.back().borrowed && parts_.back().borrowed + parts_.back().size == piece.data()) {
        parts_.back().size += piece.size();
        return;
    }
    if (parts_.size() == max_parts) {
        copy_all();
        return append(piece);
    }
    parts_.push_back({piece.data(), 0, piece.size()});
}

// One part from then on.
void SharedOutput::copy_all() {
    bytes_ = rest(0);
    parts_.assign(1, {nullptr, 0, bytes_.size()});
    copies_ = true;
}

void SharedOutput::release() {
    owner_ = nullptr;
    if (bytes_.capacity() > keep_capacity) std::string{}.swap(bytes_);
    bytes_.clear();
    parts_.clear();
    copies_ = false;
}

std::size_t SharedOutput::size() const {
    std::size_t size = 0;
    for (const Part& part : parts_) size += part.size;
    return size;
}

std::vector<asio::const_buffer>& SharedOutput::buffers() {
    buffers_.clear();
    for (const Part& part : parts_)
        if (part.size > 0) buffers_.emplace_back(view(part).data(), part.size);
    return buffers_;
}

std::string SharedOutput::rest(std::size_t taken) const {
    std::string rest;
    rest.reserve(size() - taken);
    for (const Part& part : parts_) {
        const std::size_t skip = std::min(taken, part.size);
        taken -= skip;
        rest.append(view(part).substr(skip));
    }
    return rest;
}

// --- IoShared

IoShared::IoShared(asio::io_context& io)
    : asio::execution_context::service{io},
      io_{io},
      read_buffer_{std::make_unique<std::array<char, read_size>>()},
      timer_{std::in_place, io} {}

void IoShared::shutdown() noexcept {
    while (first_) {
        Registered& who = *first_;
        remove(who);
        who.shared_ = nullptr;
        who.on_shutdown();
    }
    timer_.reset();
}

std::chrono::milliseconds IoShared::jittered(std::chrono::milliseconds interval) {
    std::uniform_int_distribution<std::chrono::milliseconds::rep> less{0, interval.count() / 10};
    return interval - std::chrono::milliseconds{less(random_)};
}

void IoShared::add(Registered& who) {
    who.next_ = first_;
    if (first_) first_->previous_ = &who;
    first_ = &who;
}

void IoShared::remove(Registered& who) {
    clear_deadline(who);
    (who.previous_ ? who.previous_->next_ : first_) = who.next_;
    if (who.next_) who.next_->previous_ = who.previous_;
    who.previous_ = who.next_ = nullptr;
}

void IoShared::set_deadline(Registered& who, Clock::time_point at) {
    if (who.heap_index_ == Registered::no_deadline) {
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
    if (who.heap_index_ == Registered::no_deadline) return;
    const std::size_t index = who.heap_index_;
    who.heap_index_ = Registered::no_deadline;
    const Deadline last = deadlines_.back();
    deadlines_.pop_back();
    if (last.who != &who) {
        place(index, last);
        sift_down(index);
        sift_up(last.who->heap_index_);
    }
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
