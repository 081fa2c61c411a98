// The SSL_CTX of each set of certificates that some name is served by, and the choice among them by SNI.
#pragma once

#include <memory>
#include <vector>

#include "transports/openssl.hpp"
#include "transports/tls_server_files.hpp"
#include "transports/tls_server_ocsp.hpp"
#include "transports/tls_server_tickets.hpp"

namespace wsxmpp::transports {

// A certificate, and what is stapled to it.
struct ServedCertificate {
    ServerCertificate loaded;
    Staple staple;
};

using ServedCertificates = std::vector<std::shared_ptr<const ServedCertificate>>;

// The context that connections are made from; it holds those that they change to when the client names a host. An SSL
// keeps both, whatever becomes of the others. Throws TlsFileError for a certificate that OpenSSL does
// not take.
Openssl<SSL_CTX> make_server_context(const ServedCertificates& certificates,
                                     const std::shared_ptr<TicketKeys>& tickets);

}   // namespace wsxmpp::transports
