// Public keys that a server must have one of, as curl writes them: "sha256//" and base64. Pure.
#pragma once

#include <string>
#include <vector>

struct x509_st;

namespace wsxmpp::upstream {

class Pins {
public:
    // Throws std::invalid_argument that names the pin.
    explicit Pins(const std::vector<std::string>& pins);

    bool empty() const { return hashes_.empty(); }
    bool fit(const x509_st* certificate) const;

    // The pin that a certificate fits.
    static std::string pin_of(const x509_st* certificate);

private:
    std::vector<std::string> hashes_;   // SHA-256 of the SubjectPublicKeyInfo
};

}   // namespace wsxmpp::upstream
