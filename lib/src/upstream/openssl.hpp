// The transports' OpenSSL, by the names that it has here.
#pragma once

#include "transports/openssl.hpp"

namespace wsxmpp::upstream {

using transports::bytes_of;
using transports::date_of;
using transports::Openssl;

}   // namespace wsxmpp::upstream
