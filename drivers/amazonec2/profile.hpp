// The files of the AWS command line: ~/.aws/credentials and ~/.aws/config.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
#pragma once

#include "lib/os/environment.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orch::drivers::amazonec2 {

using Profile = std::map<std::string, std::string, std::less<>>;

/// The sections of a file by name, settings by name in lower case. Nested settings are left out.
std::map<std::string, Profile, std::less<>> read_profiles(std::string_view text);

/// What both files say of a profile, the credentials file first; nothing if neither knows it. The
/// files are those of AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, or the usual ones.
std::optional<Profile> find_profile(const std::string& name, const os::Environment& environment);

/// The words of a credential_process: separated by blanks, except within double quotes.
std::vector<std::string> command_words(std::string_view line);

} // namespace orch::drivers::amazonec2
