# Writes the JSON file INPUT as the C string `NAME_schema` into the header OUTPUT.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes ${hex})
string(REGEX REPLACE "(................................................................)" "\\1\"\n\t\"" bytes ${bytes})
string(MAKE_C_IDENTIFIER ${NAME} symbol)
get_filename_component(file ${INPUT} NAME)
file(WRITE ${OUTPUT} "/* Generated from ${file}. */\nstatic const char ${symbol}_schema[] =\n\t\"${bytes}\";\n")
