# Files as they are, as constants of a C++ header: a page stays a file that an editor and a browser understand.
#
#     wsxmpp_embed_text(target web/try_page try_page.html try_page.css …)   for src/web/try_page.cpp
#
# makes "web/try_page_files.hpp", with wsxmpp::web::try_page_html, … of the files in the same folder. This file is also the
# script that writes it, when one of them has changed.
if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Made by cmake/embed_text.cmake.\n#pragma once\n\n#include <string_view>\n\nnamespace wsxmpp::${NAMESPACE} {\n")
  foreach(file IN LISTS FILES)
    file(READ ${file} content)
    if(content MATCHES "\\)_EMBED_\"")
      message(FATAL_ERROR "${file} has what ends the constant")
    endif()
    cmake_path(GET file FILENAME name)
    string(REPLACE "." "_" name ${name})
    string(APPEND text "\ninline constexpr std::string_view ${name} = R\"_EMBED_(${content})_EMBED_\";\n")
  endforeach()
  file(WRITE ${OUT} "${text}\n}   // namespace wsxmpp::${NAMESPACE}\n")
  return()
endif()

set(WSXMPP_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(wsxmpp_embed_text target path)
  cmake_path(GET path PARENT_PATH folder)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/src/${folder}/ OUTPUT_VARIABLE files)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${path}_files.hpp)
  add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${folder} "-DFILES=${files}" -DOUT=${out} -P ${WSXMPP_EMBED_SCRIPT}
      DEPENDS ${files} ${WSXMPP_EMBED_SCRIPT}
      COMMENT "Embedding ${path}"
      VERBATIM)
  target_sources(${target} PRIVATE ${out})
  # For the one source that includes it: the commands of all others stay as they are.
  set_property(SOURCE src/${path}.cpp APPEND PROPERTY INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()
