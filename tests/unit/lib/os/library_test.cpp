#include "lib/base/error.hpp"
#include "lib/os/library.hpp"
#include "tests/support/error_of.hpp"

#include <doctest/doctest.h>

TEST_CASE("library: a function of a library can be called") {
    const orch::os::Library library("libm.so.6");
    double (*square_root)(double) = nullptr;
    library.find(square_root, "sqrt");
    CHECK(square_root(9.0) == 3.0);
}

TEST_CASE("library: what is not there is named") {
    const auto missing = orch::test::error_of([] { orch::os::Library("libnosuch.so.1"); });
    CHECK(missing.message().find("libnosuch.so.1") != std::string::npos);
    CHECK(missing.kind() == orch::Kind::unsupported);

    const orch::os::Library library("libm.so.6");
    void (*nothing)() = nullptr;
    CHECK_THROWS_WITH_AS(
        library.find(nothing, "no_such_function"),
        "the library libm.so.6 has no no_such_function",
        orch::Error
    );
}
