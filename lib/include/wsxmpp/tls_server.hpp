// TLS towards clients (wss://): certificates from files, chosen by the name a client asks for, and loaded anew while
// connections go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wsxmpp/log.hpp"

namespace wsxmpp {

// An OCSP response (DER) in a file beside the certificate, of the same name with ".ocsp" behind it, is sent along
// ("stapled", RFC 6066 §8) as long as it is for this certificate and not past its nextUpdate.
struct TlsCertificateFiles {
    std::string certificate_file;   // PEM: the server's own certificate, then its issuers (certbot's fullchain.pem)
    std::string key_file;           // PEM, not encrypted; empty: in certificate_file
};

struct TlsServerOptions {
    // A client is served by those that are for the name it asks for (SNI, RFC 6066 §3), by their subject alternative
    // names; one of each kind of key, the first of a kind. The first of all serves clients that ask for no name, or
    // for one that none of them has.
    std::vector<TlsCertificateFiles> certificates;

    // Sessions are resumed by tickets (RFC 8446 §2.2, RFC 5077); nothing is kept of them here. The key that seals them
    // is made anew after each ticket_rotation, lives in memory alone, and opens tickets for ticket_lifetime after
    // that. A minute, and seven days (RFC 8446 §4.6.1), are the least and the most.
    std::chrono::seconds ticket_rotation = std::chrono::hours{12};
    std::chrono::seconds ticket_lifetime = std::chrono::hours{24};

    // What was loaded (info); certificates that expire soon, OCSP responses that cannot be used, and what became of a
    // reload that failed (warning).
    Log log;
};

// One that is served now.
struct TlsCertificateStatus {
    std::string file;                                  // certificate_file
    std::vector<std::string> names;                    // its DNS names, in lower case
    std::chrono::system_clock::time_point not_after;   // when it expires
};

// TLS 1.2 and 1.3, ALPN http/1.1. Shared by the listeners of all threads: every function may be called from any of
// them. Connections do not need it once they are accepted.
class TlsServer {
public:
    // Reads the files. Throws TlsFileError (wsxmpp/tls.hpp): one is broken; its field() is "certificates.key_file" or
    // "certificates.certificate_file", its reason() names the file, or the pair, and what is wrong with it. And
    // std::invalid_argument: the options are wrong.
    explicit TlsServer(TlsServerOptions options);
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    // Reads all files again, for connections that are accepted from now on. False: a pair is broken, or several; it is
    // logged which and why, and their old certificates stay. The others are renewed all the same.
    bool reload() noexcept;

    // The same, if one of the files has another size, time, inode or other permissions than when it was last looked at.
    // Cheap: to be called every few seconds. A pair that is broken is tried again each time, and logged again when it
    // is for another reason: one that does not match is what renewal looks like between its two files. False: a pair
    // is broken, still or now.
    bool reload_if_changed() noexcept;

    // For monitoring. What is served now, in the order of the options; and how often one of the functions above has
    // found a pair broken. Neither waits for files that are being read.
    std::vector<TlsCertificateStatus> certificates() const;
    std::uint64_t reload_failures() const noexcept;

    class Impl;   // the library's own
    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

// For programs with thousands of TLS sessions: OpenSSL takes the buffers of handshakes and records from a place of
// their own, not from between what an idle session keeps; after a rush of connections that is the difference between 15
// and 45 KiB a session. It is the process's OpenSSL that does so, which is why the library does not by itself. Once,
// and before anything uses OpenSSL, from main(). False: it is too late, or there is no address space for it, or a
// sanitizer runs; all works as well without it.
bool pool_tls_memory() noexcept;

}   // namespace wsxmpp
