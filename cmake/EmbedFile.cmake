# Files that are in the program itself.
#
#     wsxmpp_embed(target namespace file symbol)
#
# The bytes of `file` become `const std::string_view wsxmpp::NAMESPACE::SYMBOL` of `target`, which whoever uses it
# declares in a header: `extern const std::string_view SYMBOL;`.
#
#     cmake -DFILE=… -DNAMESPACE=… -DSYMBOL=… -DOUTPUT=… -P EmbedFile.cmake      writes the source, at build time
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(READ ${FILE} hex HEX)
  # Each byte as an escape: nothing in the file can end the literal.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
  string(REPEAT "...." 28 line)
  string(REGEX REPLACE "(${line})" "\\1\"\n    \"" bytes "${bytes}")
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  cmake_path(GET FILE FILENAME name)
  file(WRITE ${OUTPUT} "// Made from ${name}; do not edit.
#include <string_view>

namespace wsxmpp::${NAMESPACE} {

extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}{
    \"${bytes}\",
    ${size}};

}   // namespace wsxmpp::${NAMESPACE}
")
  return()
endif()

set(WSXMPP_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(wsxmpp_embed target namespace file symbol)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cpp)
  add_custom_command(
      OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DNAMESPACE=${namespace} -DSYMBOL=${symbol} -DOUTPUT=${output}
          -P ${WSXMPP_EMBED_SCRIPT}
      DEPENDS ${file} ${WSXMPP_EMBED_SCRIPT}
      COMMENT "Embedding ${file}"
      VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
