#include "machine/provision/os_release.hpp"

#include <doctest/doctest.h>

namespace provision = orch::machine::provision;

TEST_CASE("os_release: values may be bare, single or double quoted, with escapes and equals signs"
) {
    const auto os = provision::parse_os_release("# comment\n"
                                                "ID='mint'\n"
                                                "ID_LIKE=\"ubuntu debian\"\n"
                                                "PRETTY_NAME=\"Mint \\\"x\\\" A=b\"\n"
                                                "VERSION_ID=21\n"
                                                "VARIANT_ID=desktop\n"
                                                "not a pair\n");
    CHECK(os.id == "mint");
    CHECK(os.id_like == std::vector<std::string>{"ubuntu", "debian"});
    CHECK(os.pretty_name == "Mint \"x\" A=b");
    CHECK(os.version_id == "21");
    CHECK(os.variant_id == "desktop");
}
