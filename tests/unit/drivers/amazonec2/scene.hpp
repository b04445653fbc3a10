// An EC2 whose answers are written down by action, for tests of the driver.
#pragma once

#include "drivers/amazonec2/amazonec2.hpp"
#include "lib/base/text.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unescape.hpp"

#include <map>
#include <string>
#include <vector>

namespace orch::test {

/// What a request is asked for, by field.
using Form = std::map<std::string, std::string>;

struct Ec2 : FakeWorld {
    TempDir dir;
    std::map<std::string, std::string, std::less<>> variables{{"HOME", dir.path().string()}};
    std::map<std::string, std::string> answers;  // bodies of success, by action
    std::map<std::string, std::string> refusals; // codes, by action; they come before the answers
    std::vector<std::pair<std::string, Form>> calls;
    std::vector<http::Request> requests;

    Ec2() {
        const auto set = [](const std::string& name, const std::string& items) {
            return "<" + name + ">" + items + "</" + name + ">";
        };
        answers["DescribeKeyPairs"] = "<keySet/>";
        answers["DescribeInstanceTypes"] =
            set("instanceTypeSet",
                "<item><processorInfo><supportedArchitectures><item>i386</item><item>x86_64</item>"
                "</supportedArchitectures></processorInfo></item>");
        answers["DescribeImages"] = set("imagesSet", image("ami-1", "ubuntu-noble", "x86_64"));
        answers["DescribeVpcs"] = set("vpcSet", "<item><vpcId>vpc-1</vpcId></item>");
        answers["DescribeSubnets"] = set("subnetSet", subnet("b") + subnet("a"));
        answers["DescribeInstanceTypeOfferings"] =
            set("instanceTypeOfferingSet", "<item><location>us-east-1b</location></item>");
        answers["DescribeSecurityGroups"] = "<securityGroupInfo/>";
        answers["CreateSecurityGroup"] = "<groupId>sg-1</groupId>";
        answers["RunInstances"] = "<reservationId>r-1</reservationId>" +
                                  set("instancesSet", "<item><instanceId>i-1</instanceId></item>");
        answers["DescribeInstances"] = reservation(instance("running"));
        refusals["GetParameters"] = "AccessDeniedException";
        http.handler = [this](const http::Request& request) { return answer(request); };
    }

    static std::string
    image(const std::string& id, const std::string& name, const std::string& architecture) {
        return "<item><imageId>" + id + "</imageId><imageState>available</imageState><name>" +
               name + "</name><architecture>" + architecture +
               "</architecture><creationDate>2026-10-0" + id.back() +
               "T00:00:00.000Z</creationDate><rootDeviceName>/dev/sda1</rootDeviceName>"
               "<blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeSize>8"
               "</volumeSize></ebs></item></blockDeviceMapping></item>";
    }

    static std::string subnet(const std::string& zone) {
        return "<item><subnetId>subnet-" + zone +
               "</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1" + zone +
               "</availabilityZone><defaultForAz>true</defaultForAz></item>";
    }

    static std::string instance(const std::string& state, const std::string& more = "") {
        return "<item><instanceId>i-1</instanceId><instanceState><name>" + state +
               "</name></instanceState><ipAddress>198.51.100.7</ipAddress><privateIpAddress>"
               "10.0.0.7</privateIpAddress>" +
               more + "</item>";
    }

    static std::string reservation(const std::string& instances) {
        return "<reservationSet><item><instancesSet>" + instances +
               "</instancesSet></item></reservationSet>";
    }

    http::Response answer(const http::Request& request) {
        requests.push_back(request);
        Form form;
        for (const auto& field : text::split(request.body, '&')) {
            const auto equals = std::min(field.find('='), field.size());
            form[unescape(field.substr(0, equals))] =
                equals < field.size() ? unescape(field.substr(equals + 1)) : "";
        }
        const auto target = request.headers.find("X-Amz-Target");
        const auto action = target == request.headers.end()
                                ? form["Action"]
                                : target->second.substr(target->second.find('.') + 1);
        calls.emplace_back(action, form);
        const bool dry = form.contains("DryRun");
        if (const auto found = refusals.find(action); dry || found != refusals.end()) {
            const auto code = found == refusals.end() ? "DryRunOperation" : found->second;
            return {
                dry ? 412 : 400,
                {},
                target == request.headers.end()
                    ? "<Response><Errors><Error><Code>" + code +
                          "</Code><Message>the words</Message></Error></Errors><RequestID>req-1"
                          "</RequestID></Response>"
                    : R"({"__type": "com.amazonaws.ssm#)" + code + R"(", "message": "the words"})"};
        }
        if (target != request.headers.end())
            return {200, {}, answers[action]};
        return {200, {}, "<A>" + answers[action] + "</A>"};
    }

    [[nodiscard]] drivers::amazonec2::Driver driver() {
        return {
            {.world = world, .dir = dir.path(), .store = dir.path(), .machine = "web1"},
            os::Environment(variables)};
    }

    /// Options as a user leaves them, with keys, and with `given`.
    static drivers::Request request(const std::map<std::string, std::string>& given = {}) {
        drivers::Request request;
        for (const auto& option : drivers::amazonec2::info().options) {
            auto raw = option.fallback;
            if (option.name == "amazonec2-access-key" || option.name == "amazonec2-secret-key")
                raw = option.name.substr(10, 6); // "access", "secret"
            if (const auto found = given.find(option.name.substr(10)); found != given.end())
                raw = found->second;
            request.values.set(option.name, drivers::value_from_text(option, raw));
        }
        return request;
    }

    drivers::Record create(const std::map<std::string, std::string>& given = {}) {
        return driver().create(
            request(given), [this](const auto& each) { saved.push_back(each); }, job
        );
    }

    /// How often an action was called.
    [[nodiscard]] int count(const std::string& action) const {
        int found = 0;
        for (const auto& [name, form] : calls)
            found += name == action ? 1 : 0;
        return found;
    }

    /// The fields of the last call of an action.
    [[nodiscard]] Form last(const std::string& action) const {
        Form found;
        for (const auto& [name, form] : calls)
            if (name == action)
                found = form;
        return found;
    }

    std::vector<drivers::Record> saved;
};

} // namespace orch::test
