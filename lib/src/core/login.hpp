// By what a relay knows that the server has let a client in, where there was no <success/>: the login before SASL
// (XEP-0078), and whatever else leads to stanzas.
#pragma once

#include <string>

#include "wsxmpp/event.hpp"

namespace wsxmpp::core {

// A login by jabber:iq:auth: the answer is an <iq/> without content, told by its id alone.
class OldLogin {
public:
    // An <iq/> that carries a password, or its digest.
    static bool is_request(const Element& element);

    void asked(const Element& request);
    bool is_answer(const Element& element) const;
    bool is_idle() const { return id_.empty(); }

private:
    std::string id_;   // of the latest request, raw; empty: there was none
};

// Whether a server sends this only to those who are logged in: a message or presence, a request of its own, the answer
// to an old login, that to the handshake of a component (XEP-0114). No error: those who are not logged in get these,
// too.
bool is_after_login(const Element& element, const OldLogin* old);

}   // namespace wsxmpp::core
