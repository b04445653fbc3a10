// How `ls` shows its rows: the table, a template, JSON.
#pragma once

#include "machine/list.hpp"

#include <string>
#include <vector>

namespace orch::cmd::machine {

/// One name a line.
std::string names_text(const std::vector<orch::machine::Listed>& rows);

/// Without `format` docker-machine's table; with `wide`, a column CERT says how many days the
/// certificates last. "json": an array of objects. Otherwise a Go template
/// for each row; with the word "table" in front, in columns under a header. Throws Error(invalid)
/// for a broken template or an unknown field.
std::string
list_text(const std::vector<orch::machine::Listed>& rows, const std::string& format, bool wide);

/// A line for every machine whose certificates end soon or have ended, with what to do about it.
std::string expiry_warnings(const std::vector<orch::machine::Listed>& rows);

} // namespace orch::cmd::machine
