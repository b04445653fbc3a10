// Log lines on standard output: whose they are in front, in a colour of their own.
#pragma once

#include "cmd/session.hpp"
#include "compose/logs.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::cmd::compose {

struct LogStyle {
    bool prefix = true;
    bool color = true; // where the terminal wants colours at all
};

class LogView {
  public:
    LogView(Session& session, LogStyle style);

    /// They refer to this object. The lines come one at a time.
    [[nodiscard]] orch::compose::LogHandlers handlers();

  private:
    void attached(const std::vector<orch::compose::LogSource>& sources);
    void line(const orch::compose::LogSource& source, std::string_view line);
    void exited(const orch::compose::LogSource& source, int code);
    [[nodiscard]] ui::Paint paint_of(const std::string& display);

    Session& session_;
    LogStyle style_;
    std::size_t width_ = 0;                   // of the longest name
    std::map<std::string, ui::Paint> paints_; // by name, in the order of appearance
};

} // namespace orch::cmd::compose
