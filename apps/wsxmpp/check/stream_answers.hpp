// What a server says when a stream is opened, for a person to read. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsxmpp::app {

struct StreamFeatures {
    std::vector<std::string> features;     // without what carries the mechanisms of SASL: "bind", "starttls"
    std::vector<std::string> mechanisms;   // of SASL, each once
};

// Of a whole <stream:features/>, as a StreamDecoder has let it pass.
StreamFeatures read_features(std::string_view element);

// Of a whole <stream:error/>: "host-unknown (example.org is not served here)".
std::string read_stream_error(std::string_view element);

// A text as the value of an attribute.
std::string attribute_value(std::string_view text);

}   // namespace wsxmpp::app
