#include "drivers/amazonec2/query.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/fake_world.hpp"

#include <doctest/doctest.h>

namespace amazonec2 = orch::drivers::amazonec2;
namespace http = orch::http;
using amazonec2::Fields;
using orch::Kind;
using orch::test::error_of;

namespace {

struct Answers : orch::test::FakeWorld {
    std::vector<http::Response> answers;
    std::vector<http::Request> requests;

    Answers() {
        http.handler = [this](const http::Request& request) {
            requests.push_back(request);
            REQUIRE(requests.size() <= answers.size());
            return answers[requests.size() - 1];
        };
    }

    amazonec2::Region region(amazonec2::Place place = {.region = "us-east-1"}) {
        return {place, {"key", orch::Secret("secret")}, http, clock, {}};
    }

    static http::Response refusal(int status, const std::string& code) {
        return {
            status,
            {},
            "<Response><Errors><Error><Code>" + code +
                "</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>"};
    }
};

} // namespace

TEST_CASE("amazonec2: an answer as JSON") {
    const auto read =
        amazonec2::read_xml("<?xml version=\"1.0\"?><A xmlns=\"u\"><requestId>r</requestId>"
                            "<set><item><a>1 &amp; 2</a><deep><b/></deep></item><item>x</item>"
                            "</set><none/></A>");
    CHECK(amazonec2::items(read, "set").size() == 2);
    CHECK(amazonec2::text_in(amazonec2::items(read, "set")[0], "a") == "1 & 2");
    CHECK(amazonec2::text_in(amazonec2::items(read, "set")[0], "deep/b").empty());
    CHECK(amazonec2::items(read, "none").empty());
    CHECK(amazonec2::items(read, "absent").empty());
    CHECK(amazonec2::text_in(read, "requestId/x").empty());
    CHECK(amazonec2::read_xml("<A/>").is_object());
    CHECK(error_of([] { amazonec2::read_xml("{}"); }).kind() == Kind::invalid);
}

TEST_CASE("amazonec2: forms are escaped strictly, filters and tags are numbered") {
    Fields fields{{"A", "a b+c/=~é"}};
    amazonec2::add_filter(fields, "x", {"1", "2"});
    amazonec2::add_filter(fields, "tag:y", {"3"});
    amazonec2::add_tags(fields, "instance", {{"k", "v"}});
    amazonec2::add_tags(fields, "volume", {{"k", "v"}});
    const auto text = amazonec2::form(fields);
    CHECK(text.starts_with(
        "A=a%20b%2Bc%2F%3D~%C3%A9&Filter.1.Name=x&Filter.1.Value.1=1&Filter.1.Value.2=2"
        "&Filter.2.Name=tag%3Ay&Filter.2.Value.1=3&"
    ));
    CHECK(
        text.find("TagSpecification.2.ResourceType=volume&TagSpecification.2.Tag.1.Key=k") !=
        text.npos
    );
}

TEST_CASE_FIXTURE(Answers, "amazonec2: pages are turned") {
    answers = {
        {200, {}, "<A><set><item><id>1</id></item></set><nextToken>n/1</nextToken></A>"},
        {200, {}, "<A><set><item><id>2</id></item></set><nextToken/></A>"}};
    CHECK(region().list("look", "DescribeX", {{"B", "c"}}, "set").size() == 2);
    CHECK(requests[0].body == "Action=DescribeX&Version=2016-11-15&B=c");
    CHECK(requests[1].body == "Action=DescribeX&Version=2016-11-15&B=c&NextToken=n%2F1");
}

TEST_CASE_FIXTURE(Answers, "amazonec2: what passes is tried again, no capacity is told at once") {
    answers = {refusal(503, "RequestLimitExceeded"), refusal(400, "Throttling"), {200, {}, "<A/>"}};
    CHECK_NOTHROW(region().ask("look", "DescribeX", {}));
    answers.insert(answers.end(), {refusal(500, "InsufficientInstanceCapacity")});
    const auto error = error_of([&] { region().ask("create instance", "RunInstances", {}); });
    CHECK(
        error.message() ==
        "amazonec2: create instance: InsufficientInstanceCapacity: m (HTTP 500, request-id r)"
    );
    CHECK(error.hint().find("--amazonec2-zone") != std::string::npos);
}

TEST_CASE_FIXTURE(Answers, "amazonec2: --amazonec2-retries counts") {
    answers = {
        refusal(500, "InternalError"),
        refusal(500, "InternalError"),
        refusal(500, "InternalError")};
    const amazonec2::Place place{.region = "us-east-1", .retries = -1};
    CHECK_THROWS(region(place).ask("look", "DescribeX", {}));
    CHECK(requests.size() == 1);
    CHECK_THROWS(region({.region = "us-east-1", .retries = 1}).ask("look", "DescribeX", {}));
    CHECK(requests.size() == 3);
}

TEST_CASE_FIXTURE(Answers, "amazonec2: where a region answers") {
    struct Row {
        amazonec2::Place place;
        const char* ec2;
        const char* ssm;
    };

    const Row rows[] = {
        {{.region = "eu-west-1"},
         "https://ec2.eu-west-1.amazonaws.com/",
         "https://ssm.eu-west-1.amazonaws.com/"},
        {{.region = "cn-north-1"},
         "https://ec2.cn-north-1.amazonaws.com.cn/",
         "https://ssm.cn-north-1.amazonaws.com.cn/"},
        {{.region = "r", .endpoint = "localhost:5000", .insecure = true},
         "http://localhost:5000/",
         "http://localhost:5000/"},
        {{.region = "r", .endpoint = "cloud.example.org/"},
         "https://cloud.example.org/",
         "https://cloud.example.org/"},
        {{.region = "r", .endpoint = "vpce-1.ec2.r.vpce.amazonaws.com"},
         "https://vpce-1.ec2.r.vpce.amazonaws.com/",
         "https://ssm.r.amazonaws.com/"},
    };
    for (const auto& row : rows) {
        requests.clear();
        answers = {{200, {}, "<A/>"}, {200, {}, R"({"Parameters": []})"}};
        auto there = region(row.place);
        there.ask("look", "DescribeX", {});
        CHECK_FALSE(there.parameter("/a"));
        CHECK(requests[0].url == row.ec2);
        CHECK(requests[0].aws->service == "ec2");
        CHECK(requests[1].url == row.ssm);
        CHECK(requests[1].aws->service == "ssm");
    }
}

TEST_CASE_FIXTURE(Answers, "amazonec2: an answer that is no XML is the server's fault") {
    answers = {{200, {}, "{}"}};
    const auto error = error_of([&] { region().ask("look", "DescribeX", {}); });
    CHECK(error.kind() == Kind::remote);
    CHECK(error.message() == "amazonec2: look: the answer is no XML");
}
