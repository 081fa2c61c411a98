# Warnings and sanitizers, for our own targets alone: wsxmpp_compile_options(target).
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# A build of our own that names no type is not meant to be one without optimisation.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

function(wsxmpp_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_17)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE
      -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
      -Wimplicit-fallthrough)
  target_compile_definitions(${target} PRIVATE ASIO_NO_DEPRECATED)
  if(WSXMPP_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${WSXMPP_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    if(WSXMPP_SANITIZE MATCHES undefined)
      # This check opens a pipe, which the tests of running out of descriptors do not leave it.
      target_compile_options(${target} PRIVATE -fno-sanitize=vptr)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")   # warns of the standard library's own code under -fsanitize
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-tsan)
    endif()
    target_link_options(${target} PRIVATE -fsanitize=${WSXMPP_SANITIZE})
  endif()
endfunction()

# wsxmpp_compile_together(target [ALONE source…] [APART source…])
# For the builds that come after one of each file by itself, such as those with sanitizers: up to ten sources of a
# folder are one; none with those that are ALONE, and those that are APART only with each other, as a test replaces all.
function(wsxmpp_compile_together target)
  if(NOT WSXMPP_QUICK_BUILD)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 this "" "" "ALONE;APART")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "^[/$]")   # generated ones
  list(REMOVE_ITEM sources ${this_ALONE} ${this_APART})
  foreach(kind IN ITEMS sources this_APART)
    foreach(source IN LISTS ${kind})
      cmake_path(GET source PARENT_PATH folder)
      string(MAKE_C_IDENTIFIER "${folder}_${kind}" group)
      math(EXPR count_${group} "${count_${group}} + 1")
      math(EXPR part "(${count_${group}} - 1) / 10")
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group}_${part})
    endforeach()
  endforeach()
endfunction()
