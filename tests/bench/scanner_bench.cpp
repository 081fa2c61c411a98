// How fast the core reads XML: the boundaries that it looks for in what a server sends, the whole check of what a
// client sends, and expat, which does the whole check too. Bytes a second are printed for each.
#include <benchmark/benchmark.h>
#include <expat.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <wsxmpp/frame_codec.hpp>
#include <wsxmpp/stream_codec.hpp>

#include "scanner_samples.hpp"

namespace {

void count_bytes(benchmark::State& state, std::size_t size) {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(size));
}

constexpr std::size_t read_size = 65'536;   // what one recv() brings at most

void boundaries(benchmark::State& state, const std::string& element) {
    wsxmpp::StreamDecoder decoder;
    decoder.feed(bench::stream_header);
    while (decoder.next() != nullptr) continue;
    const std::string_view bytes = element;
    for ([[maybe_unused]] auto _ : state) {
        int events = 0;
        for (std::size_t at = 0; at < bytes.size(); at += read_size) {
            decoder.feed(bytes.substr(at, read_size));
            while (decoder.next() != nullptr) ++events;
        }
        if (events != 1) return state.SkipWithError("not one element");
    }
    count_bytes(state, element.size());
}

void whole_check(benchmark::State& state, const std::string& element) {
    wsxmpp::FrameDecoder decoder{wsxmpp::Framing::rfc7395, {1 << 20, 256, 256}};
    if (decoder.decode("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>") == nullptr)
        return state.SkipWithError("<open/> refused");
    for ([[maybe_unused]] auto _ : state)
        if (decoder.decode(element) == nullptr) return state.SkipWithError("refused");
    count_bytes(state, element.size());
}

// As an XMPP server would use it: one parser for the stream, names with their namespaces.
void with_expat(benchmark::State& state, const std::string& element) {
    XML_Parser parser = XML_ParserCreateNS(nullptr, '|');
    int ends = 0;
    XML_SetUserData(parser, &ends);
    XML_SetElementHandler(
        parser, [](void*, const XML_Char*, const XML_Char**) {},
        [](void* count, const XML_Char*) { ++*static_cast<int*>(count); });
    const auto parse = [&](const std::string& text) {
        return XML_Parse(parser, text.data(), static_cast<int>(text.size()), XML_FALSE) == XML_STATUS_OK;
    };
    if (!parse(bench::stream_header)) state.SkipWithError("refused");
    for ([[maybe_unused]] auto _ : state)
        if (!parse(element)) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(ends);
    count_bytes(state, element.size());
    XML_ParserFree(parser);
}

void add(const char* what, const std::string& from_server, const std::string& from_client) {
    const std::string name{what};
    benchmark::RegisterBenchmark((name + "/boundaries").c_str(), boundaries, from_server);
    benchmark::RegisterBenchmark((name + "/whole_check").c_str(), whole_check, from_client);
    benchmark::RegisterBenchmark((name + "/expat").c_str(), with_expat, from_client);
}

}   // namespace

int main(int argc, char* argv[]) {
    add("message_172", bench::message(false), bench::message(true));
    for (const auto& [name, text] : {std::pair<const char*, std::string>{"presence", bench::presence()},
                                     {"roster", bench::roster()},
                                     {"archive_page", bench::archive_page()},
                                     {"avatar_60kB", bench::avatar(60'000)},
                                     {"element_1kB", bench::avatar(800)},
                                     {"element_250kB", bench::avatar(250'000)}})
        add(name, text, text);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
