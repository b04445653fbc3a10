#include "compose/copy.hpp"

#include "compose/observe.hpp"
#include "compose/selection.hpp"
#include "lib/archive/tar_source.hpp"
#include "lib/archive/tar_unpack.hpp"
#include "lib/base/error.hpp"
#include "lib/tasks/group.hpp"
#include "lib/tasks/pipe.hpp"

#include <filesystem>

namespace orch::compose {

namespace {

namespace stdfs = std::filesystem;

/// "DIR/." and "." mean what is in the directory.
bool contents_only(const std::string& path) { return path == "." || path.ends_with("/."); }

/// The last component; empty for "/" and for what means contents.
std::string base_name(std::string path) {
    if (contents_only(path))
        return {};
    while (path.ends_with('/'))
        path.pop_back();
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string dir_name(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    const auto slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

/// Where a copy goes: a directory, and the name in it; no name: the contents go into it.
struct Landing {
    std::string dir;
    std::string name;
};

Error no_directory(const std::string& path, const std::string& where) {
    return Error(Kind::not_found, "there is no directory {}{}", path, where)
        .hint("make it first; cp makes the last part of a path only");
}

Error not_onto_file(const std::string& path) {
    return Error(Kind::invalid, "{} is a file; a directory cannot be copied onto it", path);
}

/// What is known of a destination.
struct Target {
    bool exists = false;
    bool directory = false;
};

/// The rules of `docker cp`, the same in both directions; `parent_exists` is asked only if needed.
Landing land(
    const std::string& source,
    bool source_is_directory,
    const std::string& path,
    const Target& target,
    const std::function<bool(const std::string&)>& parent_exists,
    const std::string& where
) {
    if (target.directory)
        return {path, base_name(source)};
    if (target.exists && source_is_directory)
        throw not_onto_file(path + where);
    if (path.ends_with('/') && (target.exists || !source_is_directory))
        throw no_directory(path, where);
    if (!target.exists && !parent_exists(dir_name(path)))
        throw no_directory(dir_name(path), where);
    return {dir_name(path), base_name(path)};
}

// ---- From a container ----

/// The path with a link at its end followed, if that is wanted.
std::pair<std::string, engine::PathStat> source_in_container(
    engine::Engine& engine, const ObservedContainer& container, const CopyOptions& options
) {
    auto path = options.from.path.starts_with('/') ? options.from.path : "/" + options.from.path;
    auto stat = engine.stat_path(container.id, path);
    if (stat && stat->link && (options.follow_link || path.ends_with('/'))) {
        path = stat->link_target;
        stat = engine.stat_path(container.id, path);
    }
    if (!stat)
        throw Error(Kind::not_found, "there is no {} in {}", path, container.name);
    return {path, *stat};
}

Landing landing_here(const std::string& source, const engine::PathStat& stat, std::string path) {
    const Target target{stdfs::exists(path), stdfs::is_directory(path)};
    if (target.exists && !target.directory)
        path = stdfs::canonical(path).string(); // what a link points to is written, not the link
    else if (!target.exists)
        path = stdfs::absolute(path).string();
    return land(
        source,
        stat.directory,
        path,
        target,
        [](const std::string& dir) { return stdfs::is_directory(dir); },
        ""
    );
}

/// One thread fetches, the other unpacks.
void fetch(
    engine::Engine& engine,
    const ObservedContainer& container,
    const std::string& path,
    const std::function<void(tasks::Pipe&)>& unpack,
    const std::stop_token& stop
) {
    tasks::Pipe pipe;
    tasks::Group group(2, stop);
    group.spawn([&](const std::stop_token& token) {
        try {
            engine.with(token).download(container.id, path, [&](std::string_view bytes) {
                return pipe.write(bytes);
            });
            pipe.close();
        } catch (...) {
            pipe.close(std::current_exception());
        }
    });
    group.spawn([&](const std::stop_token&) {
        try {
            unpack(pipe);
        } catch (...) {
            pipe.abandon();
            throw;
        }
        pipe.abandon(); // bytes behind the end of the archive
    });
    group.wait();
}

void copy_from(
    engine::Engine& engine, const ObservedContainer& container, const CopyOptions& options, Job& job
) {
    const auto source = source_in_container(engine, container, options);
    const auto& path = source.first;
    if (options.to.path == "-") {
        engine.download(container.id, path, [&](std::string_view bytes) {
            options.output(bytes);
            return true;
        });
        return;
    }
    const auto landing = landing_here(options.from.path, source.second, options.to.path);
    const archive::UnpackStyle style{
        .whole = path == "/" || path == "/.", .as = landing.name, .keep_owner = options.keep_owner};
    fetch(
        engine,
        container,
        path,
        [&](tasks::Pipe& pipe) {
            archive::unpack_tar(
                [&](std::span<char> buffer) { return pipe.read(buffer); },
                container.name + ":" + path,
                landing.dir,
                style
            );
        },
        job.stop
    );
}

// ---- To containers ----

struct LocalSource {
    stdfs::path path;
    bool directory = false;
};

LocalSource source_here(const CopyOptions& options) {
    stdfs::path path = options.from.path;
    if (!stdfs::exists(stdfs::symlink_status(path)))
        throw Error(Kind::not_found, "there is no {}", options.from.path);
    const bool through =
        options.follow_link || options.from.path.ends_with('/') || contents_only(options.from.path);
    if (through)
        path = stdfs::canonical(path);
    return {path, stdfs::is_directory(stdfs::symlink_status(path))};
}

Landing landing_in_container(
    engine::Engine& engine,
    const ObservedContainer& container,
    const LocalSource& source,
    const CopyOptions& options
) {
    auto path = options.to.path.starts_with('/') ? options.to.path : "/" + options.to.path;
    auto stat = engine.stat_path(container.id, path);
    if (stat && stat->link) {
        path = stat->link_target;
        stat = engine.stat_path(container.id, path);
    }
    return land(
        options.from.path,
        source.directory,
        path,
        {stat.has_value(), stat && stat->directory},
        [&](const std::string& dir) {
            const auto parent = engine.stat_path(container.id, dir + "/");
            return parent && (parent->directory || parent->link);
        },
        " in " + container.name
    );
}

void copy_to(
    engine::Engine& engine, const ObservedContainer& container, const CopyOptions& options
) {
    if (options.from.path == "-") {
        const auto stat = engine.stat_path(container.id, options.to.path);
        if (!stat || !(stat->directory || stat->link))
            throw no_directory(options.to.path, " in " + container.name);
        engine.upload(container.id, options.to.path, options.input);
        return;
    }
    const auto source = source_here(options);
    const auto landing = landing_in_container(engine, container, source, options);
    archive::TarSource tar(source.path, {.as = landing.name, .keep_owner = options.keep_owner});
    engine.upload(container.id, landing.dir, [&](std::span<char> buffer) {
        return tar.read(buffer);
    });
}

std::vector<ObservedContainer>
containers_for(const Project& project, const Hosts& hosts, const CopyOptions& options) {
    const bool from = !options.from.service.empty();
    const auto& service = from ? options.from.service : options.to.service;
    auto containers = containers_of(
        project,
        observe_containers(hosts, project.name),
        {service},
        options.oneoffs && !from ? Oneoffs::with : Oneoffs::without
    );
    if (options.index != 0)
        std::erase_if(containers, [&](const auto& container) {
            return container.number != options.index || container.oneoff;
        });
    if (containers.empty() && options.index != 0)
        throw Error(Kind::not_found, "No container found for {}_{}", service, options.index);
    if (containers.empty())
        throw Error(Kind::not_found, "No container found for {}", service)
            .hint("orch compose up -d {} makes one", service);
    if (from)
        containers.resize(1);
    return containers;
}

void check(const CopyOptions& options) {
    if (!options.from.service.empty() && !options.to.service.empty())
        throw Error(Kind::usage, "copying between services is not supported")
            .hint("copy to this computer first, or pipe: cp web:/a - | ... cp - db:/b");
    if (options.from.service.empty() && options.to.service.empty())
        throw Error(Kind::usage, "one of the two must be SERVICE:PATH");
}

} // namespace

CopyPlace copy_place(const std::string& word) {
    const auto colon = word.find(':');
    if (word.starts_with('/') || word.starts_with('.') || colon == std::string::npos)
        return {.service = "", .path = word};
    return {.service = word.substr(0, colon), .path = word.substr(colon + 1)};
}

std::vector<std::string>
copy(const Project& project, const Hosts& hosts, const CopyOptions& options, Job& job) {
    check(options);
    const auto containers = containers_for(project, hosts, options);
    if (containers.size() > 1 && options.from.path == "-")
        throw Error(
            Kind::usage,
            "{} has {} containers, and a stream goes to one only",
            options.to.service,
            containers.size()
        )
            .hint("--index N says to which");
    for (const auto& container : containers)
        if (options.from.service.empty())
            copy_to(hosts.of(container), container, options);
        else
            copy_from(hosts.of(container), container, options, job);
    return names_of(containers);
}

} // namespace orch::compose
