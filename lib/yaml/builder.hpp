// Turns yaml-cpp's events into nodes: types, marks, merge keys, duplicate keys, aliases, limits.
#pragma once

#include "lib/yaml/node.hpp"
#include "lib/yaml/source.hpp"

#include <yaml-cpp/eventhandler.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace orch::yaml {

class Builder : public YAML::EventHandler {
  public:
    explicit Builder(Source& source) : source_(source) {}

    /// What was built. The builder is spent afterwards.
    Document take() { return std::move(document_); }

    /// The offset of the innermost bracket or brace that is still open, if there is one.
    [[nodiscard]] std::optional<std::size_t> open_bracket() const;

    void OnDocumentStart(const YAML::Mark& mark) override;

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override;
    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value style
    ) override;

    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value style
    ) override;
    void OnMapEnd() override;

  private:
    /// A sequence or mapping that is not complete yet.
    struct Level {
        Node node;
        std::size_t offset = 0;
        YAML::anchor_t anchor = 0;
        bool flow = false;
        bool has_key = false;      // a key waits for its value
        bool key_is_merge = false; // and it is a plain <<
        Node key;
        std::unordered_map<std::string, std::size_t> seen; // identity of a key -> index in entries
        std::vector<Node> merged;                          // values of <<
    };

    /// A complete node that an alias may repeat.
    struct Anchored {
        Node node;
        std::size_t size = 0;  // nodes in it
        std::size_t depth = 0; // levels in it
    };

    void open(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value style,
        Type type
    );
    void close();
    void finish(Node node, YAML::anchor_t anchor, bool plain_merge_key = false);
    void take_key(Level& level, Node node, bool plain_merge_key);
    void take_value(Level& level, Node node);
    void check_quotes(std::size_t offset);

    Source& source_;
    Document document_;
    std::vector<Level> stack_;
    std::unordered_map<YAML::anchor_t, Anchored> anchors_;
    std::size_t expanded_ = 0; // nodes that aliases added
    bool started_ = false;
};

} // namespace orch::yaml
