# Writes a C++ source that holds the text of every template file. FILES is a comma list relative to FOLDER.
string(REPLACE "," ";" files "${FILES}")
set(text "// Generated from templates/ by tests/architecture/embed.cmake.\n#include \"planner/runtime/builtin_templates.h\"\n\nnamespace cloudflow {\nstd::span<const BuiltinTemplate> builtin_templates() {\n  static constexpr BuiltinTemplate all[] = {\n      {\"\", \"\"},\n")
foreach(file IN LISTS files)
  file(READ ${FOLDER}/${file} content)
  string(APPEND text "      {\"${file}\", R\"~~~~(${content})~~~~\"},\n")
endforeach()
string(APPEND text "  };\n  return std::span(all).subspan(1);\n}\n}  // namespace cloudflow\n")
file(WRITE ${OUTPUT} "${text}")
