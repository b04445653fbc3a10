// Shared libraries that are loaded when they are first needed, not at the start of the program.
#pragma once

#include <string>

namespace orch::os {

/// Stays loaded until the process ends: functions of it may be running on other threads.
class Library {
  public:
    /// `name` as the loader knows it: "libcurl.so.4". Throws Error(unsupported) naming it if it
    /// cannot be loaded.
    explicit Library(const std::string& name);

    /// Sets `function` to the one of that name. Throws Error(unsupported) if there is none.
    template <class Function>
    void find(Function*& function, const char* name) const {
        function = reinterpret_cast<Function*>(address(name));
    }

  private:
    [[nodiscard]] void* address(const char* name) const;

    std::string name_;
    void* handle_;
};

} // namespace orch::os
