// DNS messages as a server sends them, byte by byte (RFC 1035 §4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace test {

inline std::string u8(unsigned value) { return std::string(1, static_cast<char>(value & 0xFFU)); }
inline std::string u16(unsigned value) { return u8(value >> 8U) + u8(value); }

// "a.example" → 1 'a' 7 "example" 0; "" is the root.
inline std::string dns_name(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        const std::string_view label = text.substr(0, text.find('.'));
        bytes += u8(static_cast<unsigned>(label.size())) + std::string{label};
        text.remove_prefix(label.size() < text.size() ? label.size() + 1 : text.size());
    }
    return bytes + u8(0);
}

inline std::string dns_question(std::string_view name, int type) {
    return dns_name(name) + u16(static_cast<unsigned>(type)) + u16(1);
}

inline std::string dns_record(std::string_view owner, int type, std::string_view data, unsigned its_class = 1) {
    return dns_name(owner) + u16(static_cast<unsigned>(type)) + u16(its_class) + u16(0) + u16(60) +
           u16(static_cast<unsigned>(data.size())) + std::string{data};
}

inline std::string srv_data(unsigned priority, unsigned weight, unsigned port, std::string_view target) {
    return u16(priority) + u16(weight) + u16(port) + dns_name(target);
}

constexpr unsigned dns_response = 0x8180;   // QR, RD, RA
constexpr unsigned dns_authenticated = 0x0020;
constexpr unsigned dns_truncated = 0x0200;

inline std::string dns_message(unsigned id, unsigned flags, const std::string& question,
                               const std::vector<std::string>& answers) {
    std::string bytes =
        u16(id) + u16(flags) + u16(1) + u16(static_cast<unsigned>(answers.size())) + u16(0) + u16(0) + question;
    for (const std::string& answer : answers) bytes += answer;
    return bytes;
}

}   // namespace test
