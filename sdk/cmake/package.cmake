# What an installed tree has for plugin authors, and the same package for this build tree, so that
# `-DCMAKE_PREFIX_PATH=BUILD/sdk` builds plugins without an installation.
include(CMakePackageConfigHelpers)

set(HSC_HEADER ${CMAKE_CURRENT_LIST_DIR}/../include/hubspot-connector/plugin.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${HSC_HEADER})
file(READ ${HSC_HEADER} header)
foreach(part MAJOR MINOR)
	string(REGEX MATCH "#define HSC_ABI_${part} ([0-9]+)" found "${header}")
	set(HSC_ABI_${part} ${CMAKE_MATCH_1})
endforeach()
set(HSC_ABI ${HSC_ABI_MAJOR}.${HSC_ABI_MINOR})

# hsc_configure_package(FOLDER INSTALL-FOLDER INCLUDE TESTKIT-INCLUDE TESTKIT CHECK PLUGINS): the package's files in FOLDER.
function(hsc_configure_package folder destination HSC_INCLUDE_DIR HSC_TESTKIT_INCLUDE_DIR HSC_TESTKIT HSC_CHECK HSC_PLUGIN_DIR)
	configure_package_config_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/config.cmake.in ${folder}/hubspot-connector-config.cmake
		INSTALL_DESTINATION ${destination} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO
		PATH_VARS HSC_INCLUDE_DIR HSC_TESTKIT_INCLUDE_DIR HSC_TESTKIT HSC_CHECK HSC_PLUGIN_DIR)
	write_basic_package_version_file(${folder}/hubspot-connector-config-version.cmake VERSION ${HSC_ABI} COMPATIBILITY SameMajorVersion)
	foreach(file hsc_add_plugin.cmake embed_schema.cmake)
		configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${file} ${folder}/${file} COPYONLY)
	endforeach()
endfunction()

add_library(hubspot-connector::testkit ALIAS hsc-testkit)
add_executable(hubspot-connector::hsc-check ALIAS hsc-check)
set(installed ${CMAKE_INSTALL_LIBDIR}/cmake/hubspot-connector)
hsc_configure_package(${PROJECT_BINARY_DIR}/sdk/package ${installed} ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}
	${CMAKE_INSTALL_LIBDIR}/libhsc-testkit.a ${CMAKE_INSTALL_BINDIR}/hsc-check ${HSC_INSTALL_PLUGIN_DIR})
hsc_configure_package(${PROJECT_BINARY_DIR}/sdk/cmake ${PROJECT_BINARY_DIR}/sdk/cmake
	${CMAKE_CURRENT_LIST_DIR}/../include ${CMAKE_CURRENT_LIST_DIR}/../testkit/include
	${PROJECT_BINARY_DIR}/sdk/testkit/libhsc-testkit.a ${PROJECT_BINARY_DIR}/sdk/hsc-check ${HSC_PLUGIN_DIR})

file(RELATIVE_PATH HSC_PREFIX_FROM_PC ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" HSC_PREFIX_FROM_PC "${HSC_PREFIX_FROM_PC}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/hubspot-connector.pc.in ${PROJECT_BINARY_DIR}/sdk/hubspot-connector.pc @ONLY)

install(DIRECTORY ${PROJECT_BINARY_DIR}/sdk/package/ DESTINATION ${installed})
install(FILES ${PROJECT_BINARY_DIR}/sdk/hubspot-connector.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(TARGETS hsc-testkit hsc-check)
install(DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/../include/ ${CMAKE_CURRENT_LIST_DIR}/../testkit/include/ TYPE INCLUDE)
install(DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/../template/ DESTINATION ${HSC_INSTALL_TEMPLATE_DIR} PATTERN build EXCLUDE)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/../README.md ${CMAKE_CURRENT_LIST_DIR}/../CHANGES TYPE DOC)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE TYPE DOC)
