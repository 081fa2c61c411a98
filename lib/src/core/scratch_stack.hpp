// A stack of plain values that is used over and over: it keeps its memory, and clears in no time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace wsxmpp::core {

template <class T>
class ScratchStack {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    void push(T value) {
        if (end_ == limit_) grow();
        *end_++ = value;
    }
    void pop() { --end_; }
    void cut(std::size_t size) { end_ = begin() + size; }
    void clear() { end_ = begin(); }

    bool empty() const { return end_ == begin(); }
    std::size_t size() const { return static_cast<std::size_t>(end_ - begin()); }
    const T& top() const { return end_[-1]; }

    T* begin() { return values_.get(); }
    T* end() { return end_; }
    const T* begin() const { return values_.get(); }
    const T* end() const { return end_; }

private:
    [[gnu::noinline, gnu::cold]] void grow() {
        const std::size_t old_size = size();
        const std::size_t capacity = std::max<std::size_t>(16, 2 * old_size);
        auto values = std::make_unique<T[]>(capacity);
        std::copy(begin(), end(), values.get());
        values_ = std::move(values);
        end_ = begin() + old_size;
        limit_ = begin() + capacity;
    }

    std::unique_ptr<T[]> values_;
    T* end_ = nullptr;
    T* limit_ = nullptr;
};

}   // namespace wsxmpp::core
