// What a region has for the wishes of a create: image, place, kind of machine. Asks, makes nothing.
#pragma once

#include "drivers/amazonec2/query.hpp"
#include "drivers/driver.hpp"

namespace orch::drivers::amazonec2 {

struct Image {
    std::string id;
    std::string root_device; // "/dev/sda1"
    std::string user;        // who may log in
    int root_size = 0;       // GB, at least
};

struct Plan {
    Image image;
    std::string vpc;
    std::string subnet;
    std::string zone; // "us-east-1a"
};

/// Throws Error naming the option that does not fit.
Plan make_plan(Region& region, const Values& values);

/// An image as DescribeImages shows it.
Image read_image(const Json& shown);

/// The image of that id. Throws Error(not_found).
Json require_image(Region& region, const std::string& id);

} // namespace orch::drivers::amazonec2
