// An element as it may be logged: without what would let a reader of the log log in.
#pragma once

#include <string>

#include "wsxmpp/event.hpp"

namespace wsxmpp::core {

// The element as text. The content of everything that carries SASL data (RFC 6120 §6.4, XEP-0388), and of elements
// named password, digest or token, or with an attribute of such a name, wherever they stand (XEP-0077, XEP-0078,
// XEP-0249, XEP-0484), is replaced by "[redacted]".
std::string redacted(const Element& element);

}   // namespace wsxmpp::core
