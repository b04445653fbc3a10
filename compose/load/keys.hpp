// The keys of a version 1 service: one table that checking and merging read.
#pragma once

#include "lib/yaml/node.hpp"

#include <string>
#include <string_view>

namespace orch::compose::load {

/// How two values of a key become one, the second file's or the extending service's on top.
enum class Merging {
    replace,
    append,    // lists one after the other; a single value is a list of one
    unite,     // the same, but each item once
    by_target, // lists of HOST:CONTAINER..., one item for each path in the container
    mappings,  // by name; the list form is a mapping too
};

/// What a string may be turned into before its type is checked, as docker-compose 1.29.2 does.
enum class Conversion { none, boolean, integer };

/// What is wrong with a value or item of the right type; empty if it is good.
using Rule = std::string (*)(const yaml::Node& value);

struct Key {
    std::string_view name;
    std::string_view types;        // what it may be, in the letters below
    std::string_view items = {};   // and the items of a list
    std::string_view members = {}; // and the values of a mapping
    bool unique = false;           // items of a list may not repeat
    Merging merging = Merging::replace;
    Conversion conversion = Conversion::none;
    Rule rule = nullptr;      // for a single value
    Rule item_rule = nullptr; // for each item of a list
};

/// Letters of types: s string, n number, i integer, b boolean, 0 null, l list, m mapping.
bool accepts(std::string_view types, const yaml::Node& value);

/// "a string, number, or a null" for "sn0".
std::string describe_types(std::string_view types);

/// Null if there is no such key.
const Key* find_key(std::string_view name);

/// A service of later formats may have `name`, one of version 1 may not.
bool is_later_key(std::string_view name);

/// The key that was probably meant by `name`, or nothing.
std::string suggest_key(std::string_view name);

} // namespace orch::compose::load
