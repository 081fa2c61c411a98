#include "transports/shared_output.hpp"

#include <algorithm>
#include <utility>

#include "transports/socket_connection.hpp"

namespace wsxmpp::transports {

void SharedOutput::change_owner(SocketConnection& owner) {
    if (owner_ != nullptr) owner_->evict();
    owner_ = &owner;
}

void SharedOutput::grow(std::size_t size) {
    constexpr std::size_t least = 16'384;
    const std::size_t capacity = std::max({least, 2 * capacity_, used_ + size});
    auto bytes = std::make_unique<char[]>(capacity);
    if (used_ > 0) std::memcpy(bytes.get(), bytes_.get(), used_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
}

void SharedOutput::add_part() {
    if (parts_.size() == max_parts) copy_all();
    if (!copies_) parts_.push_back({nullptr, used_, 0});
}

void SharedOutput::append_view(std::string_view piece) {
    if (piece.empty()) return;
    if (copies_) return append(piece);
    if (!parts_.empty() && parts_.back().borrowed != nullptr &&
        parts_.back().borrowed + parts_.back().size == piece.data()) {
        parts_.back().size += piece.size();
        size_ += piece.size();
        return;
    }
    if (parts_.size() == max_parts) {
        copy_all();
        return append(piece);
    }
    parts_.push_back({piece.data(), 0, piece.size()});
    size_ += piece.size();
}

// One part from then on.
void SharedOutput::copy_all() {
    const std::string all = rest(0);
    used_ = 0;
    if (capacity_ < all.size()) grow(all.size());
    std::copy(all.begin(), all.end(), bytes_.get());
    used_ = all.size();
    parts_.assign(1, {nullptr, 0, used_});
    copies_ = true;
}

void SharedOutput::release() {
    owner_ = nullptr;
    if (capacity_ > keep_capacity) {
        bytes_.reset();
        capacity_ = 0;
    }
    used_ = size_ = 0;
    parts_.clear();
    copies_ = false;
}

const std::vector<asio::const_buffer>& SharedOutput::all_parts() {
    buffers_.clear();
    for (const Part& part : parts_) buffers_.push_back(asio::buffer(view(part)));
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

}   // namespace wsxmpp::transports
