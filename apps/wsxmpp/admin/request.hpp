// A request to the admin listener, and how it is read. Pure: bytes in, requests out.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace wsxmpp::app {

struct AdminRequest {
    std::string method;
    std::string path;                             // "/api/sessions": percent-encoding is kept
    std::map<std::string, std::string> query;     // decoded; of a name that comes twice the first
    std::map<std::string, std::string> headers;   // names in lower case; twice: joined by ", " (RFC 9110 §5.3)
    std::string body;
    bool http_1_0 = false;
    bool keep_alive = true;

    // Empty: there is none.
    std::string_view header(const std::string& name) const;
    std::string_view parameter(const std::string& name) const;
};

// Reads requests one after the other; what is no HTTP/1 request, or too large, is refused.
class AdminRequestReader {
public:
    static constexpr std::size_t max_target = 4'096;
    static constexpr std::size_t max_head = 16'384;   // the target, and names and values of headers
    static constexpr std::size_t max_headers = 64;
    static constexpr std::size_t max_body = 1'024;   // no request has a use for one

    AdminRequestReader();
    ~AdminRequestReader();

    enum class State { reading, whole, refused };

    // Takes bytes up to the end of a request, and says how many it took: what is left belongs to the next.
    std::size_t feed(std::string_view bytes);
    State state() const noexcept;

    AdminRequest take();                 // when whole; the next one can be fed then
    int status() const noexcept;         // when refused: 400, 413, 414, 431
    const std::string& reason() const;   // likewise: a line for a person
    bool begun() const noexcept;         // some of a request has been fed

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}   // namespace wsxmpp::app
