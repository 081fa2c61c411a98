# What `cmake --install` installs, and how others find it: find_package(wsxmpp) and pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(wsxmpp_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wsxmpp)

install(TARGETS wsxmpp wsxmpp_asio EXPORT wsxmppTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/include/ ${PROJECT_BINARY_DIR}/lib/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT wsxmppTargets NAMESPACE wsxmpp:: DESTINATION ${wsxmpp_package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/wsxmppConfig.cmake.in wsxmppConfig.cmake
    INSTALL_DESTINATION ${wsxmpp_package_dir})
# Before 1.0 a minor version may break the API.
write_basic_package_version_file(wsxmppConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wsxmppConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/wsxmppConfigVersion.cmake
    DESTINATION ${wsxmpp_package_dir})

# The .pc file finds its prefix from where it is itself, as `cmake --install --prefix` may move everything.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_prefix}")
endif()
foreach(dir IN ITEMS LIBDIR INCLUDEDIR)
  set(pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${dir}})
    set(pc_${dir} ${CMAKE_INSTALL_${dir}})
  endif()
endforeach()
# Asio has a .pc file on some systems and none on others; where the compiler looks by itself, nothing need be said.
set(pc_asio_cflags "")
if(NOT ASIO_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  set(pc_asio_cflags " -I${ASIO_INCLUDE_DIR}")
endif()
# Who links the static library links these, too.
set(pc_requires Requires)
if(BUILD_SHARED_LIBS)
  set(pc_requires Requires.private)
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/wsxmpp.pc.in wsxmpp.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wsxmpp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(WSXMPP_BUILD_APP)
  if(BUILD_SHARED_LIBS AND NOT DEFINED CMAKE_INSTALL_RPATH AND NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
    file(RELATIVE_PATH program_to_library /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${CMAKE_INSTALL_LIBDIR})
    set_target_properties(wsxmpp_program PROPERTIES INSTALL_RPATH "$ORIGIN/${program_to_library}")
  endif()
  install(TARGETS wsxmpp_program)
  install(FILES ${PROJECT_SOURCE_DIR}/apps/wsxmpp/wsxmpp.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  configure_file(${PROJECT_SOURCE_DIR}/apps/wsxmpp/wsxmpp.service.in wsxmpp.service @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wsxmpp.service ${PROJECT_SOURCE_DIR}/apps/wsxmpp/wsxmpp.socket
      DESTINATION lib/systemd/system)
endif()
