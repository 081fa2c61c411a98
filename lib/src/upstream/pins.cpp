#include "upstream/pins.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include "upstream/openssl.hpp"

namespace wsxmpp::upstream {

namespace {

constexpr std::string_view prefix = "sha256//";
constexpr std::size_t hash_size = 32;
constexpr std::size_t text_size = 44;   // base64 of 32 bytes: 43 characters, and one "="

// Empty: it is none.
std::string hash_of_pin(std::string_view pin) {
    if (pin.substr(0, prefix.size()) != prefix) return {};
    const std::string text{pin.substr(prefix.size())};
    std::array<unsigned char, hash_size + 1> bytes{};
    if (text.size() != text_size || text[text_size - 1] != '=' || text[text_size - 2] == '=') return {};
    if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), text_size) < 0) return {};
    return {bytes.begin(), bytes.begin() + hash_size};
}

std::string hash_of_key(const x509_st* certificate) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    if (size <= 0) return {};
    const Openssl<unsigned char> owned{encoded};
    std::string hash(hash_size, '\0');
    if (EVP_Digest(encoded, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
                   EVP_sha256(), nullptr) != 1)
        return {};
    return hash;
}

}   // namespace

Pins::Pins(const std::vector<std::string>& pins) {
    for (const std::string& pin : pins) {
        hashes_.push_back(hash_of_pin(pin));
        if (hashes_.back().empty())
            throw std::invalid_argument{
                fmt::format("the pin '{}' is not 'sha256//' and the base64 of 32 bytes (44 characters)", pin)};
    }
}

bool Pins::fit(const x509_st* certificate) const {
    const std::string hash = hash_of_key(certificate);
    return !hash.empty() && std::find(hashes_.begin(), hashes_.end(), hash) != hashes_.end();
}

std::string Pins::pin_of(const x509_st* certificate) {
    const std::string hash = hash_of_key(certificate);
    std::array<unsigned char, text_size + 1> text{};
    EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(hash.data()), static_cast<int>(hash.size()));
    return std::string{prefix} + reinterpret_cast<const char*>(text.data());
}

}   // namespace wsxmpp::upstream
