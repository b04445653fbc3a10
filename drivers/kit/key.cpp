#include "drivers/kit/key.hpp"

#include "lib/fs/files.hpp"
#include "lib/ssh/key.hpp"

namespace orch::drivers::kit {

std::string make_key(const Access& access, Record& record) {
    const auto pair = ssh::generate_ed25519(access.machine);
    const auto file = access.dir / "id_rsa";
    fs::write_atomic(file, pair.private_text, 0600);
    fs::write_atomic(file.string() + ".pub", pair.public_line, 0644);
    record["SSHKeyPath"] = file.string();
    return pair.public_line;
}

} // namespace orch::drivers::kit
