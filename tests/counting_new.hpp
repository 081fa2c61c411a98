// operator new as it is, but that each call is told. It replaces those of the whole program, so that one source of it
// includes this, and says what happens then:
//
//     void on_allocation() noexcept { ++allocations; }
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

void on_allocation() noexcept;

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    on_allocation();
    return std::malloc(size == 0 ? 1 : size);
}
// Not inlined: where only one of new and delete is, GCC takes them for a pair that does not match.
[[gnu::noinline]] void* operator new(std::size_t size) {
    if (void* const p = operator new(size, std::nothrow)) return p;
    throw std::bad_alloc{};
}
void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
