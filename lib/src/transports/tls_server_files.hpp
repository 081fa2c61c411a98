// The files of a TLS server: a certificate with its issuers and key, as they were at one moment.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "transports/openssl.hpp"
#include "wsxmpp/tls_server.hpp"

namespace wsxmpp::transports {

// What tells whether a file was changed, or replaced.
struct FileStamp {
    bool there = false;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;   // of its last modification
    std::int64_t nanoseconds = 0;
    std::int64_t status_seconds = 0;   // of its last change of any kind: of its permissions, too
    std::int64_t status_nanoseconds = 0;

    bool operator==(const FileStamp& other) const;
    bool operator!=(const FileStamp& other) const { return !(*this == other); }
};
FileStamp stamp_of(const std::string& path);

// Throws std::invalid_argument that names the file and says why not.
std::string read_file(const std::string& path);

struct ServerCertificate {
    std::string file;
    Openssl<X509> certificate;
    Openssl<STACK_OF(X509)> issuers;
    Openssl<EVP_PKEY> key;
    std::vector<std::string> names;   // DNS-IDs, in lower case
};

// The fields that a TlsFileError of these files is of.
inline constexpr const char* certificate_field = "certificates.certificate_file";
inline constexpr const char* key_field = "certificates.key_file";

// Throws TlsFileError; its reason names the file, or both, and what is wrong.
ServerCertificate load_certificate(const TlsCertificateFiles& files);

// What the operator should hear of this certificate at `now`: that it has expired, or soon will, or names no domain.
// Empty: nothing.
std::string certificate_warning(const ServerCertificate& loaded, std::time_t now);

// In seconds since 1970; 0: it is no time.
std::time_t time_of(const ASN1_TIME* time);

std::string key_file_of(const TlsCertificateFiles& files);
std::string ocsp_file_of(const TlsCertificateFiles& files);

}   // namespace wsxmpp::transports
