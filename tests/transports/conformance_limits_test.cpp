// Large messages, many frames, small reads, many round trips (section 9 of the suite). Nothing here is timed: a way
// that costs more than it should shows as a test that takes its time.
#include "conformance.hpp"

using namespace test;

namespace {

constexpr std::size_t mib = 1'048'576;

std::string payload_of(unsigned opcode, std::size_t size) {
    std::string payload;
    payload.reserve(size);
    for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>(opcode == 1 ? '!' + i % 90 : i * 31));
    return payload;
}

// Sends the pieces, and takes one message; not by Lines, which would print it.
void check_echo(EchoServer& server, unsigned opcode, const std::string& payload,
                const std::vector<std::string>& pieces) {
    Client client{server};
    for (const std::string& piece : pieces) client.peer.send(piece);
    const Answer answer = client.take();
    REQUIRE(answer.first == (0x80 | opcode));
    REQUIRE(answer.payload.size() == payload.size());
    REQUIRE((answer.payload == payload));
}

}   // namespace

TEST_CASE("conformance 9.1, 9.2: messages of up to 16 MiB in one frame") {
    EchoServer server;
    for (const unsigned opcode : {1u, 2u}) {
        for (const std::size_t size : {mib / 16, mib / 4, mib, 4 * mib, 8 * mib, 16 * mib}) {
            const std::string payload = payload_of(opcode, size);
            check_echo(server, opcode, payload, {frame(0x80 | opcode, payload)});
        }
    }
}

TEST_CASE("conformance 9.3, 9.4: messages of 4 MiB in frames of 64 bytes to 4 MiB") {
    EchoServer server;
    for (const unsigned opcode : {1u, 2u}) {
        const std::string payload = payload_of(opcode, 4 * mib);
        for (std::size_t size = 64; size <= 4 * mib; size *= 4)
            check_echo(server, opcode, payload, {fragmented(opcode, payload, size)});
    }
}

TEST_CASE("conformance 9.5, 9.6: messages of 1 MiB in reads of 64 to 2048 bytes") {
    EchoServer server;
    for (const unsigned opcode : {1u, 2u}) {
        const std::string payload = payload_of(opcode, mib);
        for (std::size_t size = 64; size <= 2048; size *= 2)
            check_echo(server, opcode, payload, chopped(frame(0x80 | opcode, payload), size));
    }
}

TEST_CASE("conformance 9.7, 9.8: a thousand round trips") {
    EchoServer server;
    for (const unsigned opcode : {1u, 2u}) {
        for (const std::size_t size : {0u, 16u, 64u, 256u, 1024u, 4096u}) {
            const std::string payload = payload_of(opcode, size);
            const std::string bytes = frame(0x80 | opcode, payload);
            Client client{server};
            for (int i = 0; i < 1'000; ++i) {
                client.peer.send(bytes);
                const Answer answer = client.take();
                REQUIRE(answer.first == (0x80 | opcode));
                REQUIRE((answer.payload == payload));
            }
        }
    }
}
