// What this is compiled for: GCC tells by macros, Clang by features.
#pragma once

#if !defined(__has_feature)
#define __has_feature(feature) 0   // as Clang's manual has it
#endif

namespace wsxmpp::transports {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool memory_sanitized = true;
#else
inline constexpr bool memory_sanitized = false;
#endif

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitized = true;
#else
inline constexpr bool thread_sanitized = false;
#endif

}   // namespace wsxmpp::transports
