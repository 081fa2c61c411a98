// Memory for one pending wait, inside the object that waits: re-arming it allocates nothing.
#pragma once

#include <cstddef>
#include <new>

namespace wsxmpp::transports {

class HandlerSlot {
public:
    HandlerSlot() = default;
    HandlerSlot(const HandlerSlot&) = delete;
    HandlerSlot& operator=(const HandlerSlot&) = delete;

    void* allocate(std::size_t size) {
        if (used_ || size > sizeof storage_) return ::operator new(size);
        used_ = true;
        return storage_;
    }

    void deallocate(void* memory) {
        if (memory == storage_)
            used_ = false;
        else
            ::operator delete(memory);
    }

private:
    // Asio 1.22 needs 128 bytes for a wait whose handler holds a shared_ptr and a pointer; larger ones go to the heap.
    alignas(std::max_align_t) std::byte storage_[128];
    bool used_ = false;
};

template <typename T>
class SlotAllocator {
public:
    using value_type = T;

    explicit SlotAllocator(HandlerSlot& slot) : slot_{&slot} {}
    template <typename U>
    SlotAllocator(const SlotAllocator<U>& other) : slot_{other.slot_} {}

    T* allocate(std::size_t count) { return static_cast<T*>(slot_->allocate(count * sizeof(T))); }
    void deallocate(T* memory, std::size_t) { slot_->deallocate(memory); }

    friend bool operator==(SlotAllocator a, SlotAllocator b) { return a.slot_ == b.slot_; }
    friend bool operator!=(SlotAllocator a, SlotAllocator b) { return a.slot_ != b.slot_; }

private:
    template <typename>
    friend class SlotAllocator;
    HandlerSlot* slot_;
};

}   // namespace wsxmpp::transports
