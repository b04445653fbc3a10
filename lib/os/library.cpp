#include "lib/os/library.hpp"

#include "lib/base/error.hpp"

#include <dlfcn.h>

namespace orch::os {

Library::Library(const std::string& name)
    : name_(name), handle_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr)
        throw Error(Kind::unsupported, "cannot load the library {}: {}", name, ::dlerror())
            .hint("install the package that has it; on Debian, apt-file search {} names it", name);
}

void* Library::address(const char* name) const {
    auto* const found = ::dlsym(handle_, name);
    if (found == nullptr)
        throw Error(Kind::unsupported, "the library {} has no {}", name_, name);
    return found;
}

} // namespace orch::os
