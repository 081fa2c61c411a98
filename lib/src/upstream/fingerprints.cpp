#include "upstream/fingerprints.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>

namespace wsxmpp::upstream {

std::vector<std::string> fingerprints_of(const x509_st* certificate) {
    std::vector<std::string> fingerprints;
    for (const EVP_MD* function : {EVP_sha256(), EVP_sha512()}) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned size = 0;
        if (X509_digest(certificate, function, hash.data(), &size) == 1)
            fingerprints.emplace_back(hash.begin(), hash.begin() + size);
    }
    return fingerprints;
}

}   // namespace wsxmpp::upstream
