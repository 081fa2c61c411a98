// Traffic as servers and clients send it, for scanner_bench.cpp.
#pragma once

#include <string>

namespace bench {

inline const std::string stream_header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='example.org' id='cd21c90f' xml:lang='en' version='1.0'>";

// 172 bytes, with the namespace that a WebSocket client must write and a server need not.
inline std::string message(bool with_namespace) {
    const std::string text = std::string{"<message"} + (with_namespace ? " xmlns='jabber:client'" : "") +
                             " from='juliet@example.org/balcony' to='romeo@example.org/orchard' type='chat' "
                             "id='a7f3'><body>";
    const std::string end = "</body></message>";
    const std::string words = "Wherefore art thou, Romeo? Deny thy father and refuse thy name";
    return text + words.substr(0, 172 - text.size() - end.size()) + end;
}

inline std::string presence() {
    return "<presence xmlns='jabber:client' from='juliet@example.org/balcony' to='romeo@example.org/orchard'>"
           "<show>away</show><status>be right back</status><priority>5</priority>"
           "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://conversejs.org' "
           "ver='qgP3ZfhxX2aT6Z8XsyLsKJ9SVvQ='/><x xmlns='vcard-temp:x:update'><photo>"
           "01b87fcd030b72895ff8e88db57ec525450f000d</photo></x></presence>";
}

inline std::string roster(int contacts = 200) {
    std::string text =
        "<iq xmlns='jabber:client' type='result' id='r1' to='juliet@example.org/balcony'>"
        "<query xmlns='jabber:iq:roster' ver='ver14'>";
    for (int i = 0; i < contacts; ++i) {
        const auto n = std::to_string(i);
        text += "<item jid='contact" + n + "@example.org' name='Contact " + n +
                " &amp; Co' subscription='both'><group>Friends</group></item>";
    }
    return text + "</query></iq>";
}

// A page of 50 as one element; on the wire each result is a message of its own.
inline std::string archive_page() {
    std::string text = "<iq xmlns='jabber:client' type='result' id='m1'><page xmlns='urn:example:page'>";
    for (int i = 0; i < 50; ++i) {
        const auto n = std::to_string(1'000'000 + i);
        text += "<result xmlns='urn:xmpp:mam:2' queryid='f27' id='28482-98726-" + n +
                "'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-07-10T23:08:25Z'/>"
                "<message xmlns='jabber:client' to='juliet@example.org/balcony' from='romeo@example.org/orchard' "
                "type='chat' id='" +
                n +
                "'><body>Call me but love, and I&apos;ll be new baptized; Henceforth I "
                "never will be Romeo.</body><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='" +
                n + "'/></message></forwarded></result>";
    }
    return text + "</page></iq>";
}

// One text of `size` characters of base64.
inline std::string avatar(std::size_t size) {
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text =
        "<iq xmlns='jabber:client' type='result' id='a1'><pubsub xmlns='http://jabber.org/protocol/"
        "pubsub'><items node='urn:xmpp:avatar:data'><item id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f'>"
        "<data xmlns='urn:xmpp:avatar:data'>";
    std::uint32_t random = 7;
    for (std::size_t i = 0; i < size; ++i) {
        random = random * 1'664'525 + 1'013'904'223;
        text += digits[random >> 26];
    }
    return text + "</data></item></items></pubsub></iq>";
}

}   // namespace bench
