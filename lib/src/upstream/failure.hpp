// Why a way to a server did not work, as the operator and the client are told of it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace wsxmpp::upstream {

struct Failure {
    std::error_code error;   // one of error.hpp's
    std::string what;        // "Connection refused": nothing in it that a client must not know
    std::string where;       // "xmpp.example.org:5222 (10.0.0.7)"; may be empty
    std::string more = {};   // for the operator alone; may be empty

    std::string text() const {
        return (where.empty() ? what : where + ": " + what) + (more.empty() ? "" : "; " + more);
    }
};

// Of a system call on the way to a server.
Failure connect_failure(std::error_code ec, std::string where);

// Which of two failures is told when neither way worked: one that got further says more.
bool says_more(const Failure& one, const Failure& other);

}   // namespace wsxmpp::upstream
