# What a plugin's CMakeLists.txt calls; the same in this project and from the installed package.
#
# hsc_add_plugin(NAME FILE.c ... [X.schema.json ...])
#     Builds the plugin NAME.so.  A file X.schema.json is embedded: it becomes the generated header
#     X.schema.h with the text as `static const char X_schema[]`.  jansson is linked when it is used.
#
# hsc_add_plugin_test(NAME FILE.c ...)
#     Builds the test NAME_test with the test kit and cmocka, and adds it to ctest.  In it HSC_PLUGIN_FILE
#     is the path of NAME.so, and HSC_PLUGIN_DIR the folder of the plugins that came with the connector.
#
# hsc_add_plugin_check(NAME [OPTION...])
#     Adds NAME_check to ctest: hsc-check, with these options, on NAME.so.
#
# HSC_PLUGIN_DIR is where `install(TARGETS NAME LIBRARY DESTINATION ${HSC_PLUGIN_DIR})` makes the connector
# find it.  -DBUILD_TESTING=OFF leaves tests and checks out, and what only they need.

# hsc_embed_schema(FILE VARIABLE): the generated header's path in VARIABLE.
function(hsc_embed_schema file variable)
	cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
	get_filename_component(base ${file} NAME)
	string(REGEX REPLACE "\\.schema\\.json$" "" base ${base})
	set(header ${CMAKE_CURRENT_BINARY_DIR}/${base}.schema.h)
	set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_schema.cmake)
	add_custom_command(OUTPUT ${header}
		COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${header} -DNAME=${base} -P ${script}
		DEPENDS ${file} ${script} VERBATIM)
	set(${variable} ${header} PARENT_SCOPE)
endfunction()

# Is code instrumented here?  Then a shared library of clang's may not be complete in itself.
function(hsc_is_sanitized variable)
	get_directory_property(options COMPILE_OPTIONS)
	set(${variable} OFF PARENT_SCOPE)
	if("${CMAKE_C_FLAGS} ${options}" MATCHES "-fsanitize")
		set(${variable} ON PARENT_SCOPE)
	endif()
endfunction()

function(hsc_add_plugin name)
	set(sources)
	foreach(file IN LISTS ARGN)
		if(file MATCHES "\\.schema\\.json$")
			hsc_embed_schema(${file} file)
		endif()
		list(APPEND sources ${file})
	endforeach()
	add_library(${name} MODULE ${sources})
	set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden)
	target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
	target_link_libraries(${name} PRIVATE hubspot-connector::sdk)
	target_link_options(${name} PRIVATE LINKER:--as-needed)
	if(TARGET PkgConfig::JANSSON)
		target_link_libraries(${name} PRIVATE PkgConfig::JANSSON)
	endif()
	hsc_is_sanitized(is_sanitized)
	if(NOT is_sanitized)
		# A function that nobody has is found by the linker, not by the first start.
		target_link_options(${name} PRIVATE LINKER:-z,defs)
	endif()
endfunction()

# Are tests wanted?  Then what they need must be there.
macro(hsc_for_tests_only target needs)
	if(DEFINED BUILD_TESTING AND NOT BUILD_TESTING)
		return()
	endif()
	if(NOT TARGET ${target})
		message(FATAL_ERROR "the tests of a plugin need ${needs}; without tests: -DBUILD_TESTING=OFF")
	endif()
endmacro()

function(hsc_add_plugin_test name)
	hsc_for_tests_only(PkgConfig::CMOCKA "cmocka (libcmocka-dev)")
	hsc_for_tests_only(hubspot-connector::testkit "PCRE2 (libpcre2-dev), libidn2 (libidn2-dev) and jansson (libjansson-dev)")
	add_executable(${name}_test ${ARGN})
	target_compile_definitions(${name}_test PRIVATE HSC_PLUGIN_FILE="$<TARGET_FILE:${name}>" HSC_PLUGIN_DIR="${HSC_PLUGIN_DIR}")
	target_link_libraries(${name}_test PRIVATE hubspot-connector::testkit PkgConfig::CMOCKA)
	add_dependencies(${name}_test ${name})
	add_test(NAME ${name}_test COMMAND ${name}_test)
	set_tests_properties(${name}_test PROPERTIES TIMEOUT 60)
endfunction()

function(hsc_add_plugin_check name)
	hsc_for_tests_only(hubspot-connector::hsc-check "hsc-check, which comes with the connector")
	add_test(NAME ${name}_check COMMAND hubspot-connector::hsc-check ${ARGN} $<TARGET_FILE:${name}>)
	set_tests_properties(${name}_check PROPERTIES TIMEOUT 300)
endfunction()
