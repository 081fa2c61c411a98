// TLS sessions that later connections may resume (RFC 8446 §2.2), of one TlsClient. Used from any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "upstream/openssl.hpp"

namespace wsxmpp::upstream {

class TlsSessions {
public:
    // Encoded, a session holds of the certificates the server's own alone, and shares nothing with a connection.
    static std::string encode(SSL_SESSION* session);

    void put(const std::string& key, std::string session);
    // The latest one. It is taken out: a ticket that is used twice lets both connections be linked (RFC 8446 §C.4);
    // one that may be used again is put back by its connection.
    Openssl<SSL_SESSION> take(const std::string& key);

private:
    static constexpr std::size_t most = 256;   // of some 1.5 KiB
    static constexpr std::size_t most_of_one = 4;

    std::mutex mutex_;
    std::deque<std::pair<std::string, std::string>> sessions_;   // the oldest first
};

}   // namespace wsxmpp::upstream
