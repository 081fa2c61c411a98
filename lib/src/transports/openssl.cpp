#include "transports/openssl.hpp"

#include <fmt/format.h>

#include <ctime>

namespace wsxmpp::transports {

std::string date_of(const ASN1_TIME* time) {
    std::tm tm{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return "an unreadable date";
    return fmt::format("{:04}-{:02}-{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

}   // namespace wsxmpp::transports
