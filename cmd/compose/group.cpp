#include "cmd/compose/group.hpp"

#include "cmd/verb.hpp"
#include "cmd/version.hpp"

#include <array>

namespace orch::cmd::compose {

namespace {

/// In the order of the help.
constexpr std::array verbs{
    Verb{"version", "Show the version", "Commands", add_version},
};

constexpr auto examples = R"(Examples:
  orch compose up -d
  orch compose logs -f web
  orch compose scale web=3)";

} // namespace

void add_group(CLI::App& group, Session& session) {
    group.footer(examples);
    add_verbs(group, session, verbs);
}

} // namespace orch::cmd::compose
