#include "drivers/amazonec2/credentials.hpp"
#include "drivers/amazonec2/profile.hpp"
#include "tests/unit/drivers/amazonec2/scene.hpp"

#include <doctest/doctest.h>

namespace amazonec2 = orch::drivers::amazonec2;
using orch::Kind;
using orch::drivers::Record;
using orch::test::Ec2;
using orch::test::error_of;

namespace {

/// A program that prints credentials.
struct Program : orch::process::Runner {
    std::vector<std::vector<std::string>> commands;
    orch::process::Outcome outcome{
        .out =
            R"({"Version": 1, "AccessKeyId": "P", "SecretAccessKey": "s", "SessionToken": "t"})"};
    bool missing = false;

    orch::process::Outcome
    run(const orch::process::Command& command, const std::stop_token&) override {
        commands.push_back(command.argv);
        if (missing)
            throw orch::Error(Kind::not_found, "no such program");
        return outcome;
    }

    int run_attached(const orch::process::Command&) override { return 1; }
};

struct Chain : Ec2 {
    Program program;
    orch::World full{program, http, ssh, clock};

    Chain() {
        variables["AWS_EC2_METADATA_DISABLED"] = "true";
        refuse_all();
    }

    void refuse_all() {
        http.handler = [](const orch::http::Request&) { return orch::http::Response{404, {}, ""}; };
    }

    orch::drivers::Access access() {
        return {.world = full, .dir = dir.path(), .store = dir.path(), .machine = "web1"};
    }

    std::string found(const std::string& profile = "") {
        const orch::os::Environment environment(variables);
        const auto keys = amazonec2::find_credentials(access(), environment, profile, job);
        return keys.key_id + ":" + keys.secret.reveal() + ":" + keys.token.reveal();
    }

    std::string kept(const Record& record) {
        const orch::os::Environment environment(variables);
        return amazonec2::kept_credentials(access(), environment, record, job).key_id;
    }
};

constexpr auto role_keys = R"({"AccessKeyId": "M", "SecretAccessKey": "s", "Token": "t"})";

} // namespace

TEST_CASE("amazonec2: the files of the AWS command line") {
    const auto profiles =
        amazonec2::read_profiles("# note\n[ default ]\nAWS_ACCESS_KEY_ID = A\n"
                                 "s3 =\n  max = 3\n; note\n[profile a b]\nx=y=z\n");
    REQUIRE(profiles.size() == 2);
    CHECK(profiles.at("default").at("aws_access_key_id") == "A");
    CHECK_FALSE(profiles.at("default").contains("max"));
    CHECK(profiles.at("profile a b").at("x") == "y=z");
    CHECK(amazonec2::read_profiles("x = 1\n[").size() == 1);
    CHECK(
        amazonec2::command_words(R"(/opt/my\ prog  --name "a b" "" c"d e")") ==
        std::vector<std::string>{"/opt/my\\", "prog", "--name", "a b", "", "cd e"}
    );
}

TEST_CASE_FIXTURE(Chain, "amazonec2: profiles hold keys, name a program, or need AWS's own") {
    dir.write(".aws/credentials", "[default]\naws_access_key_id=D\naws_secret_access_key=s\n");
    dir.write(
        ".aws/config",
        "[default]\nregion=x\n[profile run]\ncredential_process = give \"a b\"\n[profile sso]\n"
        "sso_session = corp\n[profile bare]\nregion = x\n"
    );
    CHECK(found() == "D:s:");
    CHECK(found("run") == "P:s:t");
    CHECK(program.commands.back() == std::vector<std::string>{"give", "a b"});
    CHECK(found("sso") == "P:s:t");
    CHECK(program.commands.back().front() == "aws");
    CHECK(program.commands.back().back() == "sso");
    program.outcome = {.code = 1, .err = "expired\n"};
    CHECK(error_of([&] { found("sso"); }).hint() == "log in first: aws sso login --profile sso");
    program.missing = true;
    CHECK(
        error_of([&] { found("sso"); }).message().find("needs the program aws") != std::string::npos
    );
    CHECK(error_of([&] { found("bare"); }).kind() == Kind::denied);
    CHECK(error_of([&] {
              found("none");
          }).message() == "amazonec2: there are no credentials in profile none");
}

TEST_CASE_FIXTURE(Chain, "amazonec2: an instance's role is asked for with a token, past proxies") {
    variables.erase("AWS_EC2_METADATA_DISABLED");
    std::vector<std::string> lines;
    http.handler = [&](const orch::http::Request& request) {
        lines.push_back(request.method + " " + request.url);
        CHECK(request.tls); // no proxy
        CHECK(request.connect_timeout <= std::chrono::seconds(2));
        if (request.method == "PUT")
            return orch::http::Response{200, {}, "the-token"};
        CHECK(request.headers.at("X-aws-ec2-metadata-token") == "the-token");
        return orch::http::Response{200, {}, request.url.ends_with('/') ? "role\n" : role_keys};
    };
    CHECK(found() == "M:s:t");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == "PUT http://169.254.169.254/latest/api/token");
    CHECK(lines[2] == "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/role");
    http.handler = [](const orch::http::Request&) -> orch::http::Response {
        throw orch::http::NoAnswer(Kind::timeout, "it", "no answer", false, false);
    };
    const auto error = error_of([&] { found(); });
    CHECK(error.kind() == Kind::denied);
    CHECK(error.message().starts_with(
        "amazonec2 driver requires AWS credentials configured with the "
    ));
}

TEST_CASE_FIXTURE(Chain, "amazonec2: a container's role, whose service must be near") {
    variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/x";
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = dir.write("token", "tok\n").string();
    http.handler = [&](const orch::http::Request& request) {
        CHECK(request.url == "http://169.254.170.2/v2/x");
        CHECK(request.headers.at("Authorization") == "tok");
        return orch::http::Response{200, {}, role_keys};
    };
    CHECK(found() == "M:s:t");
    variables.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://203.0.113.5/x";
    CHECK(
        error_of([&] { found(); }).message().find("neither https nor this computer") !=
        std::string::npos
    );
}

TEST_CASE_FIXTURE(Chain, "amazonec2: a web identity is exchanged without a signature") {
    variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = dir.write("jwt", "a.b+c\n").string();
    variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
    variables["AWS_REGION"] = "eu-west-1";
    http.handler = [&](const orch::http::Request& request) {
        CHECK(request.url == "https://sts.eu-west-1.amazonaws.com/");
        CHECK_FALSE(request.aws);
        CHECK(request.body.find("WebIdentityToken=a.b%2Bc") != std::string::npos);
        return orch::http::Response{
            200,
            {},
            "<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>W</AccessKeyId>"
            "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials>"
            "</AssumeRoleWithWebIdentityResult></R>"};
    };
    CHECK(found() == "W:s:t");
}

TEST_CASE_FIXTURE(Chain, "amazonec2: later commands: file, record, environment, profile") {
    CHECK(kept({{"AccessKey", "R"}, {"SecretKey", "s"}}) == "R");
    variables["AWS_ACCESS_KEY_ID"] = "E";
    variables["AWS_SECRET_ACCESS_KEY"] = "s";
    CHECK(kept({}) == "E");
    CHECK(kept({{"AccessKey", "R"}, {"SecretKey", "s"}}) == "R");
    CHECK(kept({{"AccessKey", "R"}, {"SecretKey", "s"}, {"SessionToken", "over"}}) == "E");
    dir.write(".aws/credentials", "[work]\naws_access_key_id=W\naws_secret_access_key=s\n");
    CHECK(kept({{"Profile", "work"}}) == "W");
    dir.write("credentials.json", R"({"amazonec2-access-key": "F", "amazonec2-secret-key": "s"})");
    CHECK(kept({{"Profile", "work"}}) == "F");
    CHECK(kept({{"AccessKey", "R"}, {"SecretKey", "s"}}) == "F");
}

TEST_CASE_FIXTURE(Chain, "amazonec2: a profile of the command line beats keys of the environment") {
    variables["AWS_ACCESS_KEY_ID"] = "access";
    const auto told = [&](const std::map<std::string, std::string>& given) {
        return amazonec2::told_secrets(request(given).values, orch::os::Environment(variables))
            .size();
    };
    CHECK(told({}) == 2);
    CHECK(told({{"profile", "work"}}) == 0);
    CHECK(told({{"profile", "work"}, {"access-key", "given"}}) == 2);
    variables["AWS_PROFILE"] = "work";
    CHECK(told({{"profile", "work"}}) == 2);
}
