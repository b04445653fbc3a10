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

/// Room for names from the start: docker-compose takes the longest service of the file and three
/// more, orch the longest name that is shown.
std::size_t log_width(const orch::compose::Project& project, const Session& session);

class LogView {
  public:
    LogView(Session& session, LogStyle style, std::size_t width);
    ~LogView();
    LogView(const LogView&) = delete;
    LogView& operator=(const LogView&) = delete;

    /// They refer to this object. The lines come one at a time.
    [[nodiscard]] orch::compose::LogHandlers handlers();

  private:
    void attached(const std::vector<orch::compose::LogSource>& sources);
    void line(const orch::compose::LogSource& source, std::string_view line);
    void exited(const orch::compose::LogSource& source, int code);
    void flush();
    [[nodiscard]] const std::string& prefix_of(const std::string& display);
    [[nodiscard]] ui::Paint paint_of(const std::string& display);

    Session& session_;
    LogStyle style_;
    std::size_t width_;                           // of the longest name
    std::string kept_;                            // lines that were not written yet
    std::map<std::string, std::string> prefixes_; // by name, of the present width
    std::map<std::string, ui::Paint> paints_;     // by name, in the order of appearance
};

} // namespace orch::cmd::compose
