#include "compose/swarm/layers.hpp"

#include "lib/tls/digest.hpp"

#include <algorithm>

namespace orch::compose::swarm {

namespace {

constexpr std::string_view algorithm = "sha256:";

/// An empty container.Config of engines up to 24, as Go writes it.
constexpr const char* no_config =
    R"({"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,)"
    R"("AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,)"
    R"("Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null})";

std::string digest_of(const std::string& text) {
    return std::string(algorithm) + tls::sha256_hex(text);
}

/// The id of a layer and all below it (ChainID in the OCI image specification).
std::string chain(const std::string& below, const std::string& layer) {
    return below.empty() ? layer : digest_of(below + " " + layer);
}

/// The id that a layer other than the last has in archives of engines up to 24 (v1.CreateID in
/// moby/image/v1).
std::string old_id(const std::string& chain, const std::string& parent) {
    auto text = std::string(R"({"container_config":)") + no_config +
                R"(,"created":"1970-01-01T00:00:00Z","layer_id":")" + chain + '"';
    if (!parent.empty())
        text += R"(,"parent":")" + parent + '"';
    return digest_of(text + "}");
}

} // namespace

std::size_t
common_layers(const std::vector<std::string>& layers, const std::vector<std::string>& others) {
    const auto differ = std::mismatch(layers.begin(), layers.end(), others.begin(), others.end());
    return static_cast<std::size_t>(differ.first - layers.begin());
}

std::set<std::string> members_of_layers(const std::vector<std::string>& layers, std::size_t known) {
    std::set<std::string> members;
    std::string below;
    std::string parent;
    for (std::size_t i = 0; i < known; ++i) {
        below = chain(below, layers[i]);
        parent = old_id(below, parent);
        // The same layer once more: one member stands for both.
        const auto above = layers.begin() + static_cast<std::ptrdiff_t>(known);
        if (std::find(above, layers.end(), layers[i]) != layers.end())
            continue;
        members.insert(parent.substr(algorithm.size()) + "/layer.tar");
        members.insert("blobs/sha256/" + layers[i].substr(algorithm.size()));
    }
    return members;
}

} // namespace orch::compose::swarm
