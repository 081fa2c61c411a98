#include "transports/tls_server_tickets.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace wsxmpp::transports {

TicketKeys::Key::~Key() {
    OPENSSL_cleanse(cipher.data(), cipher.size());
    OPENSSL_cleanse(mac.data(), mac.size());
}

TicketKeys::TicketKeys(std::chrono::seconds rotation, std::chrono::seconds lifetime, Now now)
    : rotation_{rotation}, lifetime_{lifetime}, now_{std::move(now)} {}

TicketKeys::~TicketKeys() = default;

// A key seals for `rotation`, and what it sealed last lives for `lifetime`.
void TicketKeys::forget_old(Clock::time_point now) {
    while (!keys_.empty() && now - keys_.back().made >= rotation_ + lifetime_) keys_.pop_back();
}

bool TicketKeys::current(Key& into) {
    const auto now = now_();
    const std::lock_guard lock{mutex_};
    forget_old(now);
    if (keys_.empty() || now - keys_.front().made >= rotation_) {
        Key made;
        if (RAND_bytes(made.name.data(), static_cast<int>(made.name.size())) != 1 ||
            RAND_priv_bytes(made.cipher.data(), static_cast<int>(made.cipher.size())) != 1 ||
            RAND_priv_bytes(made.mac.data(), static_cast<int>(made.mac.size())) != 1)
            return false;
        made.made = now;
        keys_.push_front(made);
    }
    into = keys_.front();
    return true;
}

TicketKeys::Found TicketKeys::find(const unsigned char* name, Key& into) {
    const auto now = now_();
    const std::lock_guard lock{mutex_};
    forget_old(now);
    const auto found = std::find_if(keys_.begin(), keys_.end(), [name](const Key& key) {
        return CRYPTO_memcmp(key.name.data(), name, key.name.size()) == 0;
    });
    if (found == keys_.end()) return Found::none;
    into = *found;
    return now - found->made < rotation_ ? Found::current : Found::old;
}

}   // namespace wsxmpp::transports
