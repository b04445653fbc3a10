// Builds of a FakeEngine: it runs no commands, but follows a Dockerfile as the classic builder does
// and says what that says.
#include "lib/base/text.hpp"
#include "tests/support/fake_engine_state.hpp"
#include "tests/support/tar_reader.hpp"

#include <fmt/core.h>

#include <array>
#include <sstream>

namespace orch::test {

namespace {

struct Instruction {
    std::string word; // in upper case
    std::string rest;
};

/// A step failed, inside the stream.
struct StepFailure {
    int code = 0; // of the command, if one ran
    std::string message;
};

std::string upper(std::string text) {
    for (auto& c : text)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return text;
}

bool known(const std::string& word) {
    static const std::set<std::string> words{
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR"};
    return words.contains(word);
}

std::vector<Instruction> parse(const std::string& dockerfile) {
    std::vector<Instruction> instructions;
    int number = 0;
    std::string pending;
    for (const auto& raw : text::lines(dockerfile)) {
        ++number;
        const auto line = text::trim(raw);
        if (line.empty() || line.starts_with('#'))
            continue;
        if (line.ends_with('\\')) {
            pending += std::string(line.substr(0, line.size() - 1)) + " ";
            continue;
        }
        const auto whole = std::exchange(pending, {}) + std::string(line);
        const auto blank = std::min(whole.find(' '), whole.size());
        Instruction instruction{
            upper(whole.substr(0, blank)), std::string(text::trim(whole.substr(blank)))};
        if (!known(instruction.word))
            throw Refusal{
                400,
                fmt::format(
                    "dockerfile parse error line {}: unknown instruction: {}",
                    number,
                    instruction.word
                )};
        instructions.push_back(std::move(instruction));
    }
    if (instructions.empty())
        throw Refusal{400, "the Dockerfile cannot be empty"};
    return instructions;
}

/// A list in JSON, or words for a shell.
Json command_of(const std::string& rest) {
    auto list = Json::parse(rest, nullptr, false);
    return list.is_array() ? list : Json{"/bin/sh", "-c", rest};
}

/// "a=b" or "a b" added to an object or a list of "a=b".
std::pair<std::string, std::string> pair_of(const std::string& rest) {
    const auto split = std::min(rest.find_first_of("= "), rest.size());
    auto value = split == rest.size() ? std::string() : rest.substr(split + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
    return {rest.substr(0, split), value};
}

std::vector<std::string> words_of(const std::string& rest) {
    std::istringstream in(rest);
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

/// COPY and ADD: what they name must be in the context.
void check_sources(
    const Instruction& instruction, const std::map<std::string, std::string>& files
) {
    auto words = words_of(instruction.rest);
    if (words.size() < 2)
        throw StepFailure{0, instruction.word + " requires at least two arguments"};
    words.pop_back();
    for (auto source : words) {
        if (source.starts_with("--") || source.find("://") != std::string::npos)
            continue;
        while (source.starts_with("./") || source.starts_with('/'))
            source.erase(0, source.find('/') + 1);
        if (source.empty() || source == "." || source.find('*') != std::string::npos)
            continue;
        const auto found = files.lower_bound(source);
        if (found == files.end() ||
            (found->first != source && !found->first.starts_with(source + "/")))
            throw StepFailure{
                0,
                fmt::format(
                    "{} failed: file not found in build context or excluded by .dockerignore: stat "
                    "{}: file does not exist",
                    instruction.word,
                    source
                )};
    }
}

/// What RUN prints. It understands echo, false and exit; everything else succeeds in silence.
std::string run_command(const std::string& command) {
    std::smatch found;
    if (std::regex_match(command, found, std::regex("exit ([1-9][0-9]*)|false"))) {
        const int code = found[1].matched ? std::stoi(found.str(1)) : 1;
        throw StepFailure{
            code,
            fmt::format("The command '/bin/sh -c {}' returned a non-zero code: {}", command, code)};
    }
    if (command.starts_with("echo "))
        return command.substr(5) + "\n";
    return {};
}

/// The change that an instruction makes to the image's configuration.
void apply(const Instruction& instruction, Json& config) {
    const auto& [word, rest] = instruction;
    if (word == "CMD") {
        config["Cmd"] = command_of(rest);
    } else if (word == "ENTRYPOINT") {
        config["Entrypoint"] = command_of(rest);
        config["Cmd"] = nullptr;
    } else if (word == "ENV") {
        const auto [name, value] = pair_of(rest);
        config["Env"].push_back(name + "=" + value);
    } else if (word == "LABEL") {
        const auto [name, value] = pair_of(rest);
        config["Labels"][name] = value;
    } else if (word == "EXPOSE") {
        for (const auto& port : words_of(rest))
            config["ExposedPorts"][port.find('/') == std::string::npos ? port + "/tcp" : port] =
                Json::object();
    } else if (word == "VOLUME") {
        const auto list = Json::parse(rest, nullptr, false);
        const auto volumes =
            list.is_array() ? list.get<std::vector<std::string>>() : words_of(rest);
        for (const auto& volume : volumes)
            config["Volumes"][volume] = Json::object();
    } else if (word == "WORKDIR") {
        config["WorkingDir"] = rest;
    } else if (word == "USER") {
        config["User"] = rest;
    }
}

/// One build on its way through the Dockerfile.
class Builder {
  public:
    Builder(FakeEngine::State& state, FakeCall& call, const FakeBuild& build)
        : state_(state), call_(call), files_(build.files), layers_(call.query("buildargs")) {}

    /// Throws StepFailure.
    void follow(const std::vector<Instruction>& instructions) {
        for (std::size_t i = 0; i < instructions.size(); ++i) {
            const auto& step = instructions[i];
            say(fmt::format("Step {}/{} : {} {}", i + 1, instructions.size(), step.word, step.rest)
            );
            say("\n");
            if (step.word == "FROM")
                begin_from(words_of(step.rest).at(0));
            else
                take(step);
            say(fmt::format(" ---> {}\n", short_id()));
        }
    }

    /// Names the image, and says so.
    void finish(const std::string& tag) {
        state_.stream_json(call_, {{"aux", {{"ID", id_}}}});
        say(fmt::format("Successfully built {}\n", short_id()));
        state_.put_image(tag.empty() ? id_ : tag, id_, config_);
        if (!tag.empty())
            say(fmt::format("Successfully tagged {}\n", normal_reference(tag)));
    }

    [[nodiscard]] const std::string& id() const { return id_; }

  private:
    void say(const std::string& text) { state_.stream_json(call_, {{"stream", text}}); }

    [[nodiscard]] std::string short_id() const { return id_.substr(7, 12); }

    void begin_from(const std::string& base) {
        const auto offer = state_.offers.find(normal_reference(base));
        if (state_.find_image(base) == nullptr && offer != state_.offers.end())
            state_.put_image(base, offer->second.first, offer->second.second);
        const auto* image = state_.find_image(base);
        if (image == nullptr)
            throw StepFailure{
                0,
                fmt::format(
                    "pull access denied for {}, repository does not exist or may require 'docker "
                    "login': denied: requested access to the resource is denied",
                    base
                )};
        config_ = image->config;
        id_ = image->id;
        layers_ += id_;
    }

    void take(const Instruction& step) {
        say(fmt::format(" ---> Running in {}\n", state_.new_id().substr(0, 12)));
        if (step.word == "COPY" || step.word == "ADD") {
            check_sources(step, files_);
            for (const auto& [path, content] : files_)
                layers_ += path + content;
        } else if (step.word == "RUN") {
            if (const auto output = run_command(step.rest); !output.empty())
                say(output);
        } else {
            apply(step, config_);
        }
        layers_ += step.word + step.rest;
        id_ = "sha256:" + hex_id(layers_); // the same parts, the same image: as from the cache
    }

    FakeEngine::State& state_;
    FakeCall& call_;
    const std::map<std::string, std::string>& files_;
    Json config_ = Json::object();
    std::string layers_; // all that the image is made of
    std::string id_;
};

} // namespace

http::Response FakeEngine::State::build(FakeCall& call) {
    if (!call.query("remote").empty())
        throw Refusal{501, "the fake engine builds no remote contexts"};
    call.lock.unlock(); // the context may take its time
    const auto archive = read_all(call.request);
    call.lock.lock();
    FakeBuild record{.query = call.exchange.query, .files = read_tar(archive)};
    const auto dockerfile = record.files.find(call.query("dockerfile", "Dockerfile"));
    if (dockerfile == record.files.end())
        throw Refusal{
            500, "Cannot locate specified Dockerfile: " + call.query("dockerfile", "Dockerfile")};
    const auto instructions = parse(dockerfile->second);
    Builder builder(*this, call, record);
    try {
        builder.follow(instructions);
        builder.finish(call.query("t"));
        record.image_id = builder.id();
    } catch (const StepFailure& failure) {
        Json detail{{"message", failure.message}};
        if (failure.code != 0)
            detail["code"] = failure.code;
        all_builds.push_back(record); // before the client hears of it, who may throw
        stream_json(call, {{"errorDetail", detail}, {"error", failure.message}});
        return {200, {}, {}};
    }
    all_builds.push_back(record);
    return {200, {}, {}};
}

} // namespace orch::test
