# What wsxmpp is built from; each name is also a Debian package (see the README's table).
# Asio and websocketpp are headers alone and, on Debian, come without CMake packages that name standalone Asio.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(wsxmpp_asio INTERFACE)
# ASIO_DISABLE_STD_ALIGNED_ALLOC: Asio 1.22 uses aligned_alloc() or operator new depending on whether a standard header
# was included before it, so that two files of one program can free with one what the other has allocated (found by
# AddressSanitizer).
target_compile_definitions(wsxmpp_asio INTERFACE ASIO_STANDALONE ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_include_directories(wsxmpp_asio SYSTEM INTERFACE $<BUILD_INTERFACE:${ASIO_INCLUDE_DIR}>)
target_link_libraries(wsxmpp_asio INTERFACE Threads::Threads)
set_target_properties(wsxmpp_asio PROPERTIES EXPORT_NAME asio)

find_path(WEBSOCKETPP_INCLUDE_DIR websocketpp/version.hpp REQUIRED)
add_library(wsxmpp_websocketpp INTERFACE)
target_compile_definitions(wsxmpp_websocketpp INTERFACE _WEBSOCKETPP_CPP11_STL_)
target_include_directories(wsxmpp_websocketpp SYSTEM INTERFACE ${WEBSOCKETPP_INCLUDE_DIR})

find_package(fmt REQUIRED)
set(WSXMPP_FMT fmt::fmt-header-only)   # so that those who link the static library need not find it
if(WSXMPP_QUICK_BUILD)
  set(WSXMPP_FMT fmt::fmt)   # compiled in each file that uses it, it takes a third of the build with sanitizers
endif()
# Global: who adds wsxmpp as a subdirectory links them along with the static library.
find_package(OpenSSL 3.0 REQUIRED GLOBAL)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET GLOBAL libcares)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET GLOBAL libcurl>=7.85)   # CURLOPT_PROTOCOLS_STR
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET GLOBAL libidn2)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED GLOBAL)

if(WSXMPP_BUILD_APP)
  find_package(CLI11 REQUIRED)
  # Neither a CMake package nor a pkg-config file comes with it.
  find_path(HTTP_PARSER_INCLUDE_DIR http_parser.h REQUIRED)
  find_library(HTTP_PARSER_LIBRARY http_parser REQUIRED)
  add_library(wsxmpp_http_parser INTERFACE)
  target_include_directories(wsxmpp_http_parser SYSTEM INTERFACE ${HTTP_PARSER_INCLUDE_DIR})
  target_link_libraries(wsxmpp_http_parser INTERFACE ${HTTP_PARSER_LIBRARY})
endif()
if(WSXMPP_BUILD_TESTS)
  find_package(Catch2 2 REQUIRED)
  find_package(EXPAT REQUIRED)
endif()
