#include "load/traffic.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "load/net.hpp"

namespace bench {

namespace {

constexpr std::size_t shift_range = 8192;

// Letters as chat has them; no markup, because a server may write that in another way than it came.
const std::string& filler() {
    static const std::string text = [] {
        constexpr std::string_view letters = "etaoin shrdlu cmfwyp vbgkjq xz ETAOIN 0123456789,.!?";
        std::string t;
        t.reserve(largest_body + shift_range);
        std::uint32_t random = 1;
        while (t.size() < largest_body + shift_range) {
            random = random * 1'664'525 + 1'013'904'223;
            t += letters[(random >> 16) % letters.size()];
        }
        return t;
    }();
    return text;
}

constexpr std::string_view flood_head = "<message from='flood@localhost/sink' to='bench@localhost/1' type='chat' id='";
constexpr std::string_view flood_tail = "</body></message>";
constexpr std::size_t flood_id_size = 8;
constexpr std::size_t flood_body_size =
    flood_stanza_size - flood_head.size() - flood_id_size - std::string_view{"'><body>"}.size() - flood_tail.size();

}   // namespace

Body::Body(std::uint32_t connection, std::uint32_t number, std::size_t size)
    : size_{size}, filler_{filler().data() + (connection * 97 + number * 13) % shift_range} {
    if (size < smallest_body || size > largest_body) throw Failure{"a body of this size cannot be made"};
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < 8; ++i) {
        stamp_[i] = digits[(connection >> (4 * i)) & 15];
        stamp_[i + 8] = digits[(number >> (4 * i)) & 15];
    }
}

void Body::append_to(std::string& text) const {
    text.append(stamp_, stamp_size);
    text.append(filler_, size_ - stamp_size);
}

bool Body::matches(std::size_t offset, std::string_view part) const {
    if (offset + part.size() > size_) return false;
    if (offset < stamp_size) {
        const std::size_t size = std::min(stamp_size - offset, part.size());
        if (std::memcmp(stamp_ + offset, part.data(), size) != 0) return false;
        part.remove_prefix(size);
        offset += size;
    }
    return part.empty() || std::memcmp(filler_ + offset - stamp_size, part.data(), part.size()) == 0;
}

std::string flood_request(std::size_t count) {
    return "<iq xmlns='jabber:client' type='get' id='flood'><flood xmlns='urn:wsxmpp:bench' count='" +
           std::to_string(count) + "'/></iq>";
}

Body flood_body(std::uint32_t number) { return {0xF1000D, number % flood_period, flood_body_size}; }

std::string flood_stanza(std::uint32_t number) {
    char id[flood_id_size + 1];
    std::snprintf(id, sizeof id, "%08x", number % flood_period);
    std::string text{flood_head};
    text.append(id).append("'><body>");
    flood_body(number).append_to(text);
    return text.append(flood_tail);
}

}   // namespace bench
