#!/bin/sh
# shipped.sh PREFIX COMPILER: the shipped plugins built through the installed package, from their own CMakeLists.txt.
. "$(dirname "$0")/kit.sh"

cp -r "$here/../../plugins" plugins
cat >plugins/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(shipped LANGUAGES C)
find_package(hubspot-connector 1.0 REQUIRED)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_compile_options(-std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror)
file(GLOB folders */CMakeLists.txt)
foreach(folder IN LISTS folders)
	cmake_path(GET folder PARENT_PATH folder)
	add_subdirectory(${folder})
endforeach()
END
build plugins

installed=$(pkg-config --variable=plugindir hubspot-connector)
for file in "$installed"/*.so; do
	[ -f "plugins/build/$(basename "$file")" ] || fail "$(basename "$file") was not built"
	exported=$(nm -D --defined-only "plugins/build/$(basename "$file")" | awk '{ print $NF }' | tr '\n' ' ')
	[ "$exported" = "hsc_plugin " ] || fail "$(basename "$file") exports $exported"
done

# They serve: the sandbox of this build in HubSpot's place.
start shipped serve --sandbox --plugin-dir plugins/build
call POST /contacts '{"email":"ada@example.com"}'
expect 201 '"message":"Contact created successfully"'
call POST /deals '{"name":"Engine","stage":"appointmentscheduled"}'
expect 201
stop
