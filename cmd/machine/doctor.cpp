#include "cmd/machine/fleet.hpp"
#include "cmd/machine/verbs.hpp"
#include "cmd/verb.hpp"
#include "lib/json/json.hpp"
#include "machine/doctor/examine.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace orch::cmd::machine {

namespace {

using orch::machine::doctor::Finding;
using orch::machine::doctor::Report;
using orch::machine::doctor::Verdict;

struct Options {
    std::vector<std::string> names;
    std::string format;
    int timeout = 10;
};

ui::Paint paint_of(Verdict verdict) {
    return verdict == Verdict::ok     ? ui::Paint::green
           : verdict == Verdict::warn ? ui::Paint::yellow
                                      : ui::Paint::red;
}

std::string line(const Finding& finding, const Session& session) {
    const bool color = session.console.out_color();
    const auto padded = fmt::format("{:<4}", orch::machine::doctor::word(finding.verdict));
    auto text = fmt::format(
        "  {}  {:<18}  {}\n",
        ui::paint(paint_of(finding.verdict), padded, color),
        finding.check,
        finding.text
    );
    if (!finding.remedy.empty())
        text += fmt::format(
            "  {:<4}  {:<18}  {} {}\n",
            "",
            "",
            ui::paint(ui::Paint::cyan, "->", color),
            session.spelled(finding.remedy)
        );
    return text;
}

std::string for_people(const std::vector<Report>& reports, const Session& session) {
    std::string text;
    for (const auto& report : reports) {
        text += text.empty() ? "" : "\n";
        text += ui::paint(ui::Paint::bold, report.machine, session.console.out_color());
        for (const auto& part : {report.driver, report.address})
            text += part.empty() ? "" : "  " + part;
        text += "\n";
        for (const auto& finding : report.findings)
            text += line(finding, session);
    }
    return text;
}

std::string for_programs(const std::vector<Report>& reports, const Session& session) {
    auto document = json::Ordered::array();
    for (const auto& report : reports) {
        auto checks = json::Ordered::array();
        for (const auto& finding : report.findings)
            checks.push_back(
                {{"Check", finding.check},
                 {"Verdict", orch::machine::doctor::word(finding.verdict)},
                 {"Text", finding.text},
                 {"Remedy", session.spelled(finding.remedy)}}
            );
        document.push_back(
            {{"Name", report.machine},
             {"DriverName", report.driver},
             {"Address", report.address},
             {"Verdict", orch::machine::doctor::word(report.verdict())},
             {"Checks", checks}}
        );
    }
    return json::to_go_text(document) + "\n";
}

int run_doctor(const Options& options, Session& session) {
    if (!options.format.empty() && options.format != "json")
        throw Error(Kind::usage, "--format knows \"json\" only, not \"{}\"", options.format);
    const Fleet fleet(session);
    const auto names = options.names.empty() ? fleet.store().names() : options.names;
    for (const auto& name : names)
        fleet.store().require(name);
    const auto sink = session.progress(ui::Layout::machines);
    Job job{session.stop, *sink};
    const auto reports = orch::machine::doctor::examine(
        names, std::chrono::seconds(options.timeout), fleet.context(), job
    );
    const bool programs = options.format == "json";
    session.console.out(programs ? for_programs(reports, session) : for_people(reports, session));
    const bool failed = std::any_of(reports.begin(), reports.end(), [](const Report& report) {
        return report.verdict() == Verdict::fail;
    });
    return failed ? 1 : 0;
}

} // namespace

void add_doctor(CLI::App& verb, Session& session) {
    const auto options = std::make_shared<Options>();
    add_names(verb, session, options->names, "Machines (all)");
    verb.add_option("-t,--timeout", options->timeout, "Seconds that a single check may take")
        ->check(CLI::PositiveNumber);
    auto* format = verb.add_option("-f,--format", options->format, "\"json\" for programs");
    session.completions.add(*format, [] { return std::vector<Candidate>{{"json", ""}}; });
    choose(verb, session, [options, &session] { return run_doctor(*options, session); });
}

} // namespace orch::cmd::machine
