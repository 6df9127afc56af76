# The functions behind the module table in CMakeLists.txt: one declaration links a module and feeds the include check.

add_library(cloudflow_warnings INTERFACE)
target_compile_options(cloudflow_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wnon-virtual-dtor -Wold-style-cast
  $<$<BOOL:${CLOUDFLOW_WERROR}>:-Werror>
  # libstdc++ 12 calls what it deprecates itself; the initialisers of C libraries leave members out.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations;-Wno-missing-field-initializers>
  # g++ 12 sees overflows and overlaps in std::string that are not there once it inlines (GCC bugs 105329, 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-stringop-overflow;-Wno-restrict;-Wno-array-bounds;-Wno-maybe-uninitialized>)
if(CLOUDFLOW_SANITIZE)
  add_compile_options(-fsanitize=${CLOUDFLOW_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CLOUDFLOW_SANITIZE})
endif()

include(${CMAKE_SOURCE_DIR}/sdk/streamlet/find_libraries.cmake)

# Finds every library.
macro(cloudflow_find_dependencies)
  find_package(PkgConfig REQUIRED)
  find_package(Threads REQUIRED)
  find_package(nlohmann_json 3.11 REQUIRED)
  find_package(fmt 9 REQUIRED)
  find_package(CURL REQUIRED)
  find_package(OpenSSL 3 REQUIRED)
  find_package(CLI11 2 REQUIRED)
  find_package(ZLIB REQUIRED)
  pkg_check_modules(libyaml REQUIRED IMPORTED_TARGET yaml-0.1)
  pkg_check_modules(libgit2 REQUIRED IMPORTED_TARGET libgit2>=1.5)
  cloudflow_find_streamlet_libraries()
  cloudflow_find_state_libraries()
  cloudflow_find_protobuf_libraries()
endmacro()

# cloudflow_contract(FOLDER dir HEADERS dir): what a provider implements. It stands alone, as it is installed as cloudflow::sdk.
function(cloudflow_contract)
  cmake_parse_arguments(C "" "FOLDER;HEADERS" "" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${C_FOLDER}/*.cpp)
  add_library(cloudflow_contract STATIC ${sources})
  add_library(cloudflow::sdk ALIAS cloudflow_contract)
  set_target_properties(cloudflow_contract PROPERTIES EXPORT_NAME sdk)
  target_compile_features(cloudflow_contract PUBLIC cxx_std_23)
  target_include_directories(cloudflow_contract PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/${C_HEADERS}> $<INSTALL_INTERFACE:include>)
  target_link_libraries(cloudflow_contract PUBLIC nlohmann_json::nlohmann_json PRIVATE fmt::fmt $<BUILD_INTERFACE:cloudflow_warnings>)
  set_property(GLOBAL PROPERTY cloudflow_folder_contract ${C_FOLDER})
  set_property(GLOBAL PROPERTY cloudflow_contract_headers ${C_HEADERS})
  set_property(GLOBAL APPEND PROPERTY cloudflow_edges "${C_FOLDER}=${C_FOLDER}" "${C_HEADERS}=${C_HEADERS}")
endfunction()

# cloudflow_streamlet(FOLDER dir WITH dir LINKS lib...): what streamlets in C++ are written with, installed as cloudflow::streamlet. It may use the contract only,
# and what lies in WITH, which is compiled into it: one library is installed.
function(cloudflow_streamlet)
  cmake_parse_arguments(S "" "FOLDER;WITH" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${S_FOLDER}/*.cpp ${S_WITH}/*.cpp)
  add_library(cloudflow_streamlet STATIC ${sources})
  add_library(cloudflow::streamlet ALIAS cloudflow_streamlet)
  set_target_properties(cloudflow_streamlet PROPERTIES EXPORT_NAME streamlet)
  target_compile_features(cloudflow_streamlet PUBLIC cxx_std_23)
  target_include_directories(cloudflow_streamlet PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/${S_FOLDER}/include> $<INSTALL_INTERFACE:include> PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(cloudflow_streamlet PUBLIC cloudflow_contract PRIVATE ${S_LINKS} $<BUILD_INTERFACE:cloudflow_warnings>)
  set_property(GLOBAL PROPERTY cloudflow_streamlet_folder ${S_FOLDER})
  set_property(GLOBAL APPEND PROPERTY cloudflow_edges "${S_FOLDER}=${S_FOLDER},${S_WITH}")
endfunction()

# cloudflow_streamlet_part(name FOLDER dir LINKS lib... PRIVATE_LINKS lib...): what some streamlets link beside cloudflow::streamlet, installed as
# cloudflow::NAME by a component of that name, so that only they need its libraries. It may use sdk/streamlet.
function(cloudflow_streamlet_part name)
  cmake_parse_arguments(S "" "FOLDER" "LINKS;PRIVATE_LINKS" ${ARGN})
  get_property(streamlet GLOBAL PROPERTY cloudflow_streamlet_folder)
  file(GLOB sources CONFIGURE_DEPENDS ${S_FOLDER}/*.cpp)
  add_library(cloudflow_${name} STATIC ${sources})
  add_library(cloudflow::${name} ALIAS cloudflow_${name})
  set_target_properties(cloudflow_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(cloudflow_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(cloudflow_${name} PUBLIC cloudflow_streamlet ${S_LINKS} PRIVATE ${S_PRIVATE_LINKS} $<BUILD_INTERFACE:cloudflow_warnings>)
  set_property(GLOBAL APPEND PROPERTY cloudflow_streamlet_parts ${name})
  set_property(GLOBAL APPEND PROPERTY cloudflow_edges "${S_FOLDER}=${streamlet}")
endfunction()

# The contract's headers and library, for find_package(cloudflow): component "sdk"; the streamlet API's: components "streamlet", "state" and "protobuf".
function(cloudflow_install_contract)
  include(CMakePackageConfigHelpers)
  get_property(headers GLOBAL PROPERTY cloudflow_contract_headers)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/cloudflow)
  install(TARGETS cloudflow_contract EXPORT cloudflow ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
  install(DIRECTORY ${headers}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
  install(EXPORT cloudflow NAMESPACE cloudflow:: DESTINATION ${package} FILE cloudflowTargets.cmake COMPONENT sdk)
  get_property(streamlet GLOBAL PROPERTY cloudflow_streamlet_folder)
  install(TARGETS cloudflow_streamlet EXPORT cloudflowStreamlet ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT streamlet)
  install(DIRECTORY ${streamlet}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT streamlet)
  install(EXPORT cloudflowStreamlet NAMESPACE cloudflow:: DESTINATION ${package} FILE cloudflowStreamletTargets.cmake COMPONENT streamlet)
  get_property(parts GLOBAL PROPERTY cloudflow_streamlet_parts)
  foreach(part IN LISTS parts)
    install(TARGETS cloudflow_${part} EXPORT cloudflow_${part} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${part})
    install(EXPORT cloudflow_${part} NAMESPACE cloudflow:: DESTINATION ${package} FILE cloudflow_${part}_targets.cmake COMPONENT ${part})
  endforeach()
  install(FILES ${streamlet}/find_libraries.cmake ${streamlet}/cloudflow_streamlet.cmake ${streamlet}/write_descriptors.cmake DESTINATION ${package} COMPONENT streamlet)
  configure_file(${streamlet}/cloudflowConfig.cmake.in ${CMAKE_BINARY_DIR}/cloudflowConfig.cmake @ONLY)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/cloudflowConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/cloudflowConfig.cmake ${CMAKE_BINARY_DIR}/cloudflowConfigVersion.cmake DESTINATION ${package} COMPONENT sdk)
endfunction()

# cloudflow_module(name FOLDER dir [MAY_USE module...] [LINKS lib...] [PRIVATE_LINKS lib...])
function(cloudflow_module name)
  cmake_parse_arguments(M "" "FOLDER" "MAY_USE;LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${M_FOLDER}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "cli/main.cpp$")
  add_library(cloudflow_${name} STATIC ${sources})
  target_include_directories(cloudflow_${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/sdk/include)
  target_link_libraries(cloudflow_${name} PUBLIC ${M_LINKS} PRIVATE cloudflow_warnings ${M_PRIVATE_LINKS} Threads::Threads)
  set(folders ${M_FOLDER})
  foreach(other IN LISTS M_MAY_USE)
    target_link_libraries(cloudflow_${name} PUBLIC cloudflow_${other})
    get_property(folder GLOBAL PROPERTY cloudflow_folder_${other})
    list(APPEND folders ${folder})
  endforeach()
  if(CLOUDFLOW_PCH AND NOT CMAKE_CXX_CLANG_TIDY)
    if(name STREQUAL sdk)
      target_precompile_headers(cloudflow_sdk PRIVATE ${M_FOLDER}/precompiled.h)
    else()
      target_precompile_headers(cloudflow_${name} REUSE_FROM cloudflow_sdk)
    endif()
  endif()
  set_property(GLOBAL PROPERTY cloudflow_folder_${name} ${M_FOLDER})
  list(JOIN folders "," allowed)
  set_property(GLOBAL APPEND PROPERTY cloudflow_edges "${M_FOLDER}=${allowed}")
endfunction()

# cloudflow_stages(module stage...): inside the module a stage may include only itself and those before it.
function(cloudflow_stages module)
  get_property(folder GLOBAL PROPERTY cloudflow_folder_${module})
  set(stages ${ARGN})
  list(TRANSFORM stages PREPEND "${folder}/")
  list(JOIN stages "," joined)
  set_property(GLOBAL APPEND PROPERTY cloudflow_stage_lists "${joined}")
endfunction()

# cloudflow_kindless(folder...): the include check refuses the names of kinds and providers in these.
function(cloudflow_kindless)
  set_property(GLOBAL APPEND PROPERTY cloudflow_kindless_folders ${ARGN})
endfunction()

# The runtime templates become part of the binary, so that an installed cloudflow needs no data folder.
function(cloudflow_embed_templates target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${folder} ${folder}/*.yaml ${folder}/*.conf)
  list(FILTER files EXCLUDE REGEX "^ci/")  # for the user's CI, no runtime
  cloudflow_embed(${target} ${folder} planner/runtime/builtin_templates.h BuiltinTemplate builtin_templates ${files})
endfunction()

# cloudflow_embed(target folder header type function file...): the texts of files as the function that the header declares.
function(cloudflow_embed target folder header type function)
  set(generated ${CMAKE_BINARY_DIR}/generated/${function}.cpp)
  set(depends ${ARGN})
  list(TRANSFORM depends PREPEND ${CMAKE_SOURCE_DIR}/${folder}/)
  list(JOIN ARGN "," joined)
  add_custom_command(OUTPUT ${generated} DEPENDS ${depends} ${CMAKE_SOURCE_DIR}/tests/architecture/embed.cmake
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_SOURCE_DIR}/${folder} -DFILES=${joined} -DOUTPUT=${generated} -DHEADER=${header} -DTYPE=${type} -DFUNCTION=${function}
      -P ${CMAKE_SOURCE_DIR}/tests/architecture/embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
