// The texts that load generator and sink agree on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

// The body of message `number` on connection `connection`: a stamp, then text that no other message nearby has, so
// that one that is lost, doubled, or given to the wrong client is noticed.
class Body {
public:
    Body() = default;
    Body(std::uint32_t connection, std::uint32_t number, std::size_t size);

    std::size_t size() const { return size_; }
    void append_to(std::string& text) const;
    // Whether `part` is what stands at `offset`.
    bool matches(std::size_t offset, std::string_view part) const;

private:
    static constexpr std::size_t stamp_size = 16;
    char stamp_[stamp_size] = {};
    std::size_t size_ = 0;
    const char* filler_ = nullptr;
};

inline constexpr std::size_t smallest_body = 16;
inline constexpr std::size_t largest_body = 262'144;

// What a client sends to have the sink flood it: flood_stanza(0), flood_stanza(1) …, 200 bytes each.
std::string flood_request(std::size_t count);
std::string flood_stanza(std::uint32_t number);
Body flood_body(std::uint32_t number);
inline constexpr std::size_t flood_stanza_size = 200;
inline constexpr std::uint32_t flood_period = 4096;   // then it starts again with stanza 0

inline constexpr std::string_view stream_end = "</stream:stream>";
inline constexpr std::string_view client_namespace = " xmlns='jabber:client'";

}   // namespace bench
