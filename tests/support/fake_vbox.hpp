// VirtualBox in memory, for drivers that call VBoxManage: it answers in the genuine formats, and
// remembers what it was asked. tests/fakes/VBoxManage is the double for whole programs.
#pragma once

#include "lib/process/runner.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace orch::test {

class FakeVBox : public process::Runner {
  public:
    using Args = std::vector<std::string>;

    struct Vm {
        std::string name;
        std::string id;
        std::string folder;
        std::string state = "poweroff";
        std::string adapter{};
        std::string rule{}; // of the forwarded ssh
        Args disks{};
    };

    struct Adapter {
        std::string name;
        std::string address;
        std::string mask = "255.255.255.0";
    };

    process::Outcome run(const process::Command& command, const std::stop_token& stop) override;
    int run_attached(const process::Command& command) override;

    /// The next `times` calls that begin with these words end so.
    void fail(std::string words, std::string err, int times = 1, int code = 1);

    /// By name or id; null if there is none.
    Vm* find(const std::string& name);

    /// The calls so far, each as one line without the program.
    [[nodiscard]] std::vector<std::string> lines() const;

    /// Those that begin with these words.
    [[nodiscard]] std::vector<std::string> lines(const std::string& words) const;

    std::string version = "7.1.4r165100\n";
    std::map<std::string, Vm> vms; // by id
    std::vector<Adapter> adapters;
    std::string servers;                      // what `list dhcpservers` prints
    std::string nets;                         // what `list hostonlynets` prints; empty: an error
    std::string lease = "192.168.59.101";     // of every guest that runs; empty: none
    std::string log;                          // what VBox.log holds after a start
    bool obeys = true;                        // guests halt when their button is pressed
    std::map<std::string, std::uint64_t> raw; // bytes that convertfromraw was given, by file
    std::string first_bytes;                  // of the last one
    std::vector<Args> calls;
    std::vector<process::Command> commands; // as they came

  private:
    struct Fault {
        std::string words;
        std::string err;
        int times;
        int code;
    };

    process::Outcome answer(const Args& args, const process::Command& command);
    process::Outcome list(const std::string& what) const;
    process::Outcome host_only(const Args& args);
    process::Outcome control(Vm& vm, const std::string& verb);
    process::Outcome show(const Vm& vm) const;
    process::Outcome take_raw(const Args& args, const process::Command& command);
    void create(const Args& args);
    void modify(Vm& vm, const Args& args);
    void start(Vm& vm);
    void remove(const Vm& vm);

    std::vector<Fault> faults_;
};

} // namespace orch::test
