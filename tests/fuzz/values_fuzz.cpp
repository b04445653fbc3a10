// The small grammars: what is good reads the same after it was written out. The first byte chooses
// one.
#include "compose/load/values/items.hpp"
#include "compose/load/values/ports.hpp"
#include "compose/load/values/sizes.hpp"
#include "compose/load/values/volumes.hpp"
#include "compose/load/values/words.hpp"
#include "lib/yaml/scalar.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace values = orch::compose::load::values;

namespace {

void require(bool good) {
    if (!good)
        std::abort();
}

void ports(std::string_view text) {
    const auto parsed = values::parse_ports(text);
    for (std::size_t i = 0; i < parsed.value.size() && i < 16; ++i) {
        const auto again = values::parse_ports(values::port_text(parsed.value[i]));
        require(again.ok() && again.value.size() == 1 && again.value.front() == parsed.value[i]);
    }
}

void expose(std::string_view text) {
    const auto parsed = values::parse_expose(text);
    for (std::size_t i = 0; i < parsed.value.size() && i < 16; ++i) {
        const auto again = values::parse_expose(values::port_text(parsed.value[i]));
        require(again.ok() && again.value.size() == 1 && again.value.front() == parsed.value[i]);
    }
}

void volumes(std::string_view text) {
    const auto parsed = values::parse_volume(text);
    if (!parsed.ok())
        return;
    const auto again = values::parse_volume(values::volume_text(parsed.value));
    require(again.ok() && again.value == parsed.value);
}

void sizes(std::string_view text, bool plain) {
    orch::yaml::Node node;
    node.type = orch::yaml::Type::string;
    node.scalar = text;
    if (plain)
        orch::yaml::resolve_plain(node);
    static_cast<void>(values::parse_bytes(node));
    static_cast<void>(values::parse_integer(node));
    static_cast<void>(values::parse_microseconds(node));
}

void items(std::string_view text) {
    static_cast<void>(values::split_words(text));
    static_cast<void>(values::parse_link(text));
    static_cast<void>(values::parse_volumes_from(text));
    static_cast<void>(values::parse_device(text));
    static_cast<void>(values::parse_restart(text));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
    case 'p':
        ports(text);
        break;
    case 'e':
        expose(text);
        break;
    case 'v':
        volumes(text);
        break;
    case 's':
        sizes(text, false);
        break;
    case 'n':
        sizes(text, true);
        break;
    default:
        items(text);
    }
    return 0;
}
