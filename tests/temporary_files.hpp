// Files of a test's own, which go away with it, however it ends.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace test {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "wsxmpp-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string path(const std::string& name) const { return (path_ / name).string(); }
    // The path of the file, which is replaced as certbot does it: by a new inode.
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream{path("new")} << content;
        std::filesystem::rename(path("new"), path(name));
        return path(name);
    }
    void remove(const std::string& name) const { std::filesystem::remove(path(name)); }

private:
    std::filesystem::path path_;
};

class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content) : path_{folder_.write("file", content)} {}
    const std::string& path() const { return path_; }

private:
    TemporaryFolder folder_;
    std::string path_;
};

}   // namespace test
