# hsc_add_plugin(NAME FILE.c ... [NAME.schema.json ...])
#
# Builds the plugin NAME.so. A file X.schema.json is embedded: it becomes the generated header
# X.schema.h with the text as `static const char X_schema[]`.
function(hsc_add_plugin name)
	set(sources)
	set(generated)
	foreach(file IN LISTS ARGN)
		if(file MATCHES "\\.schema\\.json$")
			get_filename_component(base ${file} NAME)
			string(REGEX REPLACE "\\.schema\\.json$" "" base ${base})
			set(header ${CMAKE_CURRENT_BINARY_DIR}/${base}.schema.h)
			add_custom_command(OUTPUT ${header}
				COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${file}
					-DOUTPUT=${header} -DNAME=${base} -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_schema.cmake
				DEPENDS ${file} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_schema.cmake VERBATIM)
			list(APPEND generated ${header})
		else()
			list(APPEND sources ${file})
		endif()
	endforeach()
	add_library(${name} MODULE ${sources} ${generated})
	set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden)
	target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
	target_link_libraries(${name} PRIVATE hsc-sdk PkgConfig::JANSSON)
endfunction()
