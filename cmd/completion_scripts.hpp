// The files of completions/ as texts; their definitions are generated when the build is configured.
#pragma once

namespace orch::cmd::completion_scripts {

extern const char* const bash;
extern const char* const zsh;
extern const char* const fish;

} // namespace orch::cmd::completion_scripts
