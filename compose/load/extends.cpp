#include "compose/load/extends.hpp"

#include "compose/load/merge.hpp"
#include "compose/load/read.hpp"
#include "compose/load/values/paths.hpp"
#include "lib/base/error.hpp"

#include <algorithm>
#include <filesystem>

namespace orch::compose::load {

namespace {

constexpr std::size_t longest_chain = 1000; // a limit for the stack, not for people

/// How another file is shown: beside the file that names it, if that was shown relatively.
std::string
shown_beside(const std::string& shown, const std::string& written, const std::string& path) {
    if (written.starts_with('/') || written.starts_with('~'))
        return path;
    return (std::filesystem::path(shown).parent_path() / written).lexically_normal().string();
}

} // namespace

Extender::Extender(const RawFile& first, Context& context) : first_(first), context_(context) {}

RawService Extender::resolve(const RawService& service) {
    trail_.clear();
    return resolve(service, first_);
}

RawService Extender::resolve(const RawService& service, const RawFile& file) {
    auto plain = service;
    erase(plain.options, "extends");
    const auto target = target_of(service, file);
    if (!target)
        return plain;
    trail_.push_back({{file.path.string(), service.name}, file.shown});
    const auto* base = base_of(*target);
    trail_.pop_back();
    if (base == nullptr || !may_be_extended(*base, *target)) {
        plain.base_missing = true;
        return plain;
    }
    auto result = merge(*base, plain);
    result.name = service.name;
    return result;
}

std::optional<Extender::Target>
Extender::target_of(const RawService& service, const RawFile& file) {
    const auto* extends = service.options.find("extends");
    if (extends == nullptr)
        return std::nullopt;
    if (!extends->is(yaml::Type::mapping))
        return Target{&file, extends->scalar, extends->mark};
    const auto& name = *extends->find("service");
    const auto* other = extends->find("file");
    const auto* target = other == nullptr ? &file : open(other->scalar, other->mark);
    return Target{target, name.scalar, name.mark};
}

/// The file that an extends names; null if it cannot be read, which is a finding.
const RawFile* Extender::open(const std::string& written, const yaml::Mark& mark) {
    const auto path = values::absolute_path(written, context_.base_of(mark), context_.environment);
    if (path == first_.path.string())
        return &first_;
    if (const auto known = files_.find(path); known != files_.end())
        return &known->second;
    const auto shown = shown_beside(*mark.file, written, path);
    try {
        auto file = parse_file(
            read_text(path, shown), path, shown, std::filesystem::path(path).parent_path(), context_
        );
        return &files_.emplace(path, std::move(file)).first->second;
    } catch (const Error& error) {
        context_.findings.add(mark, "{}", error.message());
        return nullptr;
    }
}

/// The resolved base; null after a finding.
const RawService* Extender::base_of(const Target& target) {
    if (target.file == nullptr || !target.file->readable)
        return nullptr;
    if (target.file->path.empty()) {
        context_.findings.add(
            target.mark,
            "Invalid 'extends' configuration for {}: you need to specify a 'file', "
            "e.g. 'file: something.yml'",
            trail_.back().first.second
        );
        return nullptr;
    }
    const Place place{target.file->path.string(), target.service};
    if (const auto known = resolved_.find(place); known != resolved_.end())
        return known->second ? &*known->second : nullptr;
    if (closes_circle(place, target.mark))
        return nullptr;
    const auto* service = target.file->services.find(target.service);
    if (service == nullptr) {
        if (!target.file->refused.contains(target.service))
            context_.findings.add(
                target.mark,
                "Cannot extend service '{}' in {}: Service not found",
                target.service,
                target.file->shown
            );
        return nullptr;
    }
    auto base = resolve(*service, *target.file);
    const auto& kept = resolved_[place] = std::move(base);
    return &*kept;
}

bool Extender::closes_circle(const Place& place, const yaml::Mark& mark) {
    const auto again = std::find_if(trail_.begin(), trail_.end(), [&place](const auto& step) {
        return step.first == place;
    });
    if (again == trail_.end() && trail_.size() < longest_chain)
        return false;
    if (again == trail_.end()) {
        context_.findings.add(
            mark, "more than {} services extend one another in a row", longest_chain
        );
        return true;
    }
    std::string hops;
    for (auto step = again; step != trail_.end(); ++step)
        hops += fmt::format("{} in {} extends ", step->first.second, step->second);
    context_.findings.add(
        mark, "Circular reference: {}{} in {}", hops, again->first.second, again->second
    );
    return true;
}

bool Extender::may_be_extended(const RawService& base, const Target& target) {
    const auto refuse = [&](std::string_view what) {
        context_.findings.add(
            target.mark,
            "Cannot extend service '{}' in {}: services with '{}' cannot be extended",
            target.service,
            target.file->shown,
            what
        );
    };
    const auto* net = base.options.find("net");
    const bool joins = net != nullptr && net->scalar.starts_with("container:");
    const bool links = base.options.find("links") != nullptr;
    const bool volumes = base.options.find("volumes_from") != nullptr;
    if (links)
        refuse("links");
    if (volumes)
        refuse("volumes_from");
    if (joins)
        refuse("net: container");
    return !links && !volumes && !joins;
}

} // namespace orch::compose::load
