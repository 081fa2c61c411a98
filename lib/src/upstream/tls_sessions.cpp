#include "upstream/tls_sessions.hpp"

#include <algorithm>

namespace wsxmpp::upstream {

std::string TlsSessions::encode(SSL_SESSION* session) {
    unsigned char* encoded = nullptr;
    const int size = i2d_SSL_SESSION(session, &encoded);
    if (size <= 0) return {};
    const Openssl<unsigned char> owned{encoded};
    return {encoded, encoded + size};
}

void TlsSessions::put(const std::string& key, std::string session) {
    const std::lock_guard lock{mutex_};
    const auto of_it = [&key](const auto& entry) { return entry.first == key; };
    if (static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), of_it)) >= most_of_one)
        sessions_.erase(std::find_if(sessions_.begin(), sessions_.end(), of_it));
    if (sessions_.size() >= most) sessions_.pop_front();
    sessions_.emplace_back(key, std::move(session));
}

Openssl<SSL_SESSION> TlsSessions::take(const std::string& key) {
    std::string encoded;
    {
        const std::lock_guard lock{mutex_};
        const auto found = std::find_if(sessions_.rbegin(), sessions_.rend(),
                                        [&key](const auto& entry) { return entry.first == key; });
        if (found == sessions_.rend()) return nullptr;
        encoded = std::move(found->second);
        sessions_.erase(std::next(found).base());
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(encoded.data());
    return Openssl<SSL_SESSION>{d2i_SSL_SESSION(nullptr, &bytes, static_cast<long>(encoded.size()))};
}

}   // namespace wsxmpp::upstream
