// Machines as one tar file that travels: to a colleague, a CI job, another computer. The first
// entry says what the rest is; then come machines/NAME/FILE, laid out as in a store. Every machine
// carries the certificates it is reached with, so it needs nothing from the store it came from.
#pragma once

#include "machine/context.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace orch::machine {

struct ExportOptions {
    bool keys = true;    // SSH and TLS private keys, and what drivers keep beside the config
    bool ca_key = false; // whoever has it can make certificates for all machines of the authority
};

struct Export {
    std::string tar;
    std::vector<std::string> notes; // what was left out, and what that means
};

/// The same machines give the same bytes. Throws Error: not_found for a machine or for a CA key
/// that is asked for and not there, others for files that cannot be read.
Export export_machines(
    const std::vector<std::string>& names, const ExportOptions& options, const Store& store
);

struct Import {
    std::vector<std::string> names;
    std::vector<std::string> notes;
};

/// Unpacks what export_machines made: all of it or nothing. `as` is another name for the one
/// machine in it, or empty. `read` fills a buffer, 0 at the end; `source` names it in errors. A
/// machine whose authority is also this store's own uses the store's certificates from then on,
/// every other one keeps its own copies in its directory. Throws Error: invalid for anything that
/// an export does not look like, conflict if a machine of a name exists, unsupported if the machine
/// cannot have another name.
Import import_machines(
    const std::function<std::size_t(std::span<char>)>& read,
    const std::string& source,
    const std::string& as,
    const Context& context,
    Job& job
);

/// The first entry's name and version, for both directions.
inline constexpr auto manifest_name = "orch-machines.json";
inline constexpr int manifest_version = 1;

} // namespace orch::machine
