# Installs BUILD into PREFIX, and looks whether everything is there.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --config ${CONFIG}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(pattern IN LISTS FILES)
  file(GLOB_RECURSE found LIST_DIRECTORIES FALSE ${PREFIX}/*)
  list(FILTER found INCLUDE REGEX "/${pattern}$")
  if(NOT found)
    message(FATAL_ERROR "not installed: ${pattern}")
  endif()
endforeach()
# no header may be missing that another one includes, and none of ours may leak
file(GLOB_RECURSE headers RELATIVE ${PREFIX} ${PREFIX}/*.hpp)
list(FILTER headers EXCLUDE REGEX "^include/wsxmpp/[a-z_]+\\.hpp$")
if(headers)
  message(FATAL_ERROR "installed, and not public: ${headers}")
endif()
