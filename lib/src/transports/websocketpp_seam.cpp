#include "transports/websocketpp_seam.hpp"

#include <exception>
#include <websocketpp/close.hpp>
#include <websocketpp/extensions/permessage_deflate/disabled.hpp>
#include <websocketpp/http/request.hpp>
#include <websocketpp/http/response.hpp>
#include <websocketpp/message_buffer/alloc.hpp>
#include <websocketpp/message_buffer/message.hpp>
#include <websocketpp/processors/hybi13.hpp>
#include <websocketpp/random/none.hpp>
#include <websocketpp/utf8_validator.hpp>

namespace wsxmpp::transports {

// The least that hybi13 needs: only its handshake is used.
struct ProcessorConfig {
    using request_type = websocketpp::http::parser::request;
    using response_type = websocketpp::http::parser::response;
    using message_type = websocketpp::message_buffer::message<websocketpp::message_buffer::alloc::con_msg_manager>;
    using con_msg_manager_type = websocketpp::message_buffer::alloc::con_msg_manager<message_type>;
    using rng_type = websocketpp::random::none::int_generator<std::uint32_t>;
    struct NoDeflate {
        using request_type = ProcessorConfig::request_type;
    };
    using permessage_deflate_type = websocketpp::extensions::permessage_deflate::disabled<NoDeflate>;
    static constexpr std::size_t max_message_size = 0;
    static constexpr bool enable_extensions = false;
};

struct HttpRequest::Impl {
    ProcessorConfig::request_type request;
    ProcessorConfig::rng_type no_random;
    websocketpp::processor::hybi13<ProcessorConfig> processor{false, true, nullptr, no_random};
};

HttpRequest::HttpRequest(std::string_view head) : impl_{std::make_unique<Impl>()} {
    try {
        impl_->request.consume(head.data(), head.size());
    } catch (const websocketpp::http::exception& e) {
        throw HttpError{static_cast<int>(e.m_error_code), e.m_msg};
    } catch (const std::exception& e) {
        throw HttpError{400, e.what()};
    }
    // It may still wait for a body, which is not read here.
}

HttpRequest::~HttpRequest() = default;

std::optional<std::vector<std::string>> HttpRequest::subprotocols() const {
    std::vector<std::string> offered;
    if (impl_->processor.extract_subprotocols(impl_->request, offered)) return std::nullopt;
    return offered;
}

// Put together here: websocketpp's own text comes out of a stringstream, which takes 10 µs.
std::string HttpRequest::accept(const std::string& subprotocol, const std::string& extensions) const {
    ProcessorConfig::response_type response;
    if (impl_->processor.process_handshake(impl_->request, subprotocol, response))
        throw HttpError{400, "the handshake could not be answered"};
    std::string text = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    text.append("Sec-WebSocket-Accept: ").append(response.get_header("Sec-WebSocket-Accept")).append("\r\n");
    if (!subprotocol.empty()) text.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
    if (!extensions.empty()) text.append("Sec-WebSocket-Extensions: ").append(extensions).append("\r\n");
    return text.append("\r\n");
}

bool check_utf8(std::uint32_t& state, std::string_view text) {
    namespace utf8 = websocketpp::utf8_validator;
    std::uint32_t code_point = 0;   // not looked at, and its value does not steer the state
    for (const char c : text)
        if (utf8::decode(&state, &code_point, static_cast<std::uint8_t>(c)) == utf8::utf8_reject) return false;
    return true;
}

bool is_close_code_allowed(std::uint16_t code) {
    namespace status = websocketpp::close::status;
    return !status::invalid(code) && !status::reserved(code);
}

}   // namespace wsxmpp::transports
