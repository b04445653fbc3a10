// The layout of config.json, version 3: which keys stand where, in which order.
#pragma once

#include "machine/machine.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace orch::machine {

/// Where a config.json lies. What is recorded in it may be wrong after a move; this is not.
struct Place {
    std::filesystem::path store;
    std::string name;
    bool whole = false; // on its way here: everything recorded below its store comes along

    [[nodiscard]] std::filesystem::path dir() const { return store / "machines" / name; }

    [[nodiscard]] std::filesystem::path certs() const { return store / "certs"; }

    [[nodiscard]] std::filesystem::path file() const { return dir() / "config.json"; }
};

/// The value of `key`, found as Go does (the exact key, else one that differs in case), or null.
const nlohmann::ordered_json* find_key(const nlohmann::ordered_json& object, std::string_view key);

/// The document with every key of version 3, in docker-machine's spelling. Keys stay in the order
/// of the document, also those of others; missing ones stand where docker-machine has them, with
/// the value of a new machine. Null gives the document of a new machine.
nlohmann::ordered_json in_layout(const nlohmann::ordered_json& document);

} // namespace orch::machine
