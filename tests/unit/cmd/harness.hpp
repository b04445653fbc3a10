// A console whose streams are files in memory, and a session around it.
#pragma once

#include "cmd/edges.hpp"
#include "cmd/root.hpp"
#include "cmd/session.hpp"
#include "lib/base/fd.hpp"

#include <array>
#include <map>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace orch::test {

using Variables = std::map<std::string, std::string, std::less<>>;

class MemoryFile {
  public:
    MemoryFile() : fd_(::memfd_create("stream", MFD_CLOEXEC)) {}

    [[nodiscard]] int fd() const { return fd_.get(); }

    [[nodiscard]] std::string text() const {
        std::string all;
        std::array<char, 4096> buffer{};
        ssize_t size = 0;
        while ((size = ::pread(fd(), buffer.data(), buffer.size(), static_cast<off_t>(all.size()))
               ) > 0)
            all.append(buffer.data(), static_cast<std::size_t>(size));
        return all;
    }

  private:
    Fd fd_;
};

/// Streams as in a pipe: no terminal anywhere.
struct RecordedConsole {
    explicit RecordedConsole(Variables variables = {}) : environment(std::move(variables)) {}

    MemoryFile in_file;
    MemoryFile out_file;
    MemoryFile err_file;
    os::Environment environment;
    cmd::ui::Console console{in_file.fd(), out_file.fd(), err_file.fd(), environment};

    [[nodiscard]] std::string out() const { return out_file.text(); }

    [[nodiscard]] std::string err() const { return err_file.text(); }
};

struct RecordedSession : RecordedConsole {
    explicit RecordedSession(cmd::Persona persona = cmd::Persona::orch, Variables variables = {})
        : RecordedConsole(std::move(variables)),
          session{environment, console, edges.world(), persona} {}

    cmd::Edges edges{environment};
    cmd::Session session;

    int run(const std::vector<std::string>& words) { return cmd::run(words, session); }
};

} // namespace orch::test
