#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "archive/diff.h"
#include "archive/tar_writer.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "image/import.h"
#include "image/load.h"
#include "image/store.h"

// What only root can see: owners, devices, whiteouts in a real overlay, a full disk.
namespace mydock::image {
namespace {

// Mounts made inside vanish with the thread.
void in_own_mount_namespace(const std::function<void()>& body) {
  std::jthread([&] {
    ASSERT_EQ(::unshare(CLONE_NEWNS | CLONE_FS), 0);
    ASSERT_EQ(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    body();
  });
}

archive::Entry entry(std::string name, archive::EntryType type, mode_t mode = 0755) {
  archive::Entry made;
  made.name = std::move(name);
  made.type = type;
  made.mode = mode;
  return made;
}

class ImageUnpackTest : public testing::Test {
 protected:
  ImageUnpackTest() {
    if (::geteuid() != 0) return;
    make_directories(root_, 0700);
  }
  ~ImageUnpackTest() override { remove_tree(root_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }

  void mount_tmpfs(const char* size) const {
    ASSERT_EQ(::mount("tmpfs", root_.c_str(), "tmpfs", 0, size), 0);
  }
  void open() {
    database_ = std::make_unique<state::Database>(root_ / "state.db");
    store_ = std::make_unique<Store>(root_, *database_, nullptr);
    EXPECT_THAT(store_->recover(), testing::IsEmpty());
  }
  void close() {
    store_.reset();
    database_.reset();
  }
  ImagePtr make_image(const ImagePtr& parent,
                      const std::function<void(archive::TarWriter&)>& fill) {
    TextSink out;
    archive::TarWriter tar(out);
    fill(tar);
    tar.finish();
    TextSource diff(out.take());
    CreateOptions options;
    options.parent = parent;
    return create_image(*store_, &diff, options, {});
  }
  fs::path mounted(const std::string& key) const {
    const OverlayMount mount = store_->snapshots.mounts(key);
    std::string options = "upperdir=" + mount.upper + ",workdir=" + mount.work + ",lowerdir=";
    for (const auto& lower : mount.lower) options += lower + ":";
    options.pop_back();
    const fs::path target = root_ / "merged";
    make_directories(target, 0700);
    EXPECT_EQ(::mount("overlay", target.c_str(), "overlay", 0, options.c_str()), 0) << options;
    return target;
  }
  static struct stat stat_of(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
    return info;
  }

  fs::path root_ = fs::temp_directory_path() / ("mydock-image-" + random_hex(12));
  std::unique_ptr<state::Database> database_;
  std::unique_ptr<Store> store_;
};

TEST_F(ImageUnpackTest, AnOverlayOfTheLayersIsWhatTheChangesetsSay) {
  in_own_mount_namespace([&] {
    mount_tmpfs("size=64m");
    open();
    const ImagePtr base = make_image(nullptr, [](archive::TarWriter& tar) {
      archive::Entry top = entry("./", archive::EntryType::directory, 0711);
      tar.add(top);
      archive::Entry owned = entry("home/", archive::EntryType::directory, 0750);
      owned.uid = 1000;
      owned.gid = 1001;
      tar.add(owned);
      tar.add_file("home/keep", "1");
      tar.add_file("home/gone", "2");
      tar.add_file("var/cache/old", "3");
      tar.add_file("bin/su", "x", 04755);
      archive::Entry null = entry("dev/null", archive::EntryType::char_device, 0666);
      null.major = 1;
      null.minor = 3;
      tar.add(null);
    });
    const ImagePtr top = make_image(base, [](archive::TarWriter& tar) {
      tar.add_file("home/.wh.gone", "");
      tar.add_file("var/cache/.wh..wh..opq", "");
      tar.add_file("var/cache/new", "4");
    });
    store_->snapshots.prepare("container", top->chain);
    const fs::path merged = mounted("container");
    EXPECT_EQ(stat_of(merged).st_mode & 07777, 0711U);
    EXPECT_TRUE(fs::exists(merged / "home/keep"));
    EXPECT_FALSE(fs::exists(merged / "home/gone"));
    EXPECT_FALSE(fs::exists(merged / "var/cache/old"));
    EXPECT_TRUE(fs::exists(merged / "var/cache/new"));
    EXPECT_EQ(stat_of(merged / "home").st_uid, 1000U) << "made again for the whiteout's sake";
    EXPECT_EQ(stat_of(merged / "home").st_gid, 1001U);
    EXPECT_EQ(stat_of(merged / "home").st_mode & 07777, 0750U);
    EXPECT_EQ(stat_of(merged / "bin/su").st_mode & 07777, 04755U);
    EXPECT_TRUE(S_ISCHR(stat_of(merged / "dev/null").st_mode));
    close();
  });
}

TEST_F(ImageUnpackTest, WhatAContainerChangedBecomesALayerThatSaysTheSame) {
  in_own_mount_namespace([&] {
    mount_tmpfs("size=64m");
    open();
    const ImagePtr base = make_image(nullptr, [](archive::TarWriter& tar) {
      tar.add_file("etc/name", "old");
      tar.add_file("etc/gone", "x");
    });
    store_->snapshots.prepare("container", base->chain);
    const fs::path merged = mounted("container");
    write_file_atomically(merged / "etc/name", "new", 0644);
    fs::remove(merged / "etc/gone");
    ASSERT_EQ(::umount2(merged.c_str(), MNT_DETACH), 0);

    TextSink out;
    archive::write_layer_diff(
        open_file(store_->snapshots.mounts("container").upper, O_RDONLY | O_DIRECTORY), out);
    archive::TarWriter(out).finish();
    TextSource diff(out.take());
    CreateOptions options;
    options.parent = base;
    const ImagePtr made = create_image(*store_, &diff, options, {});
    store_->snapshots.prepare("second", made->chain);
    const fs::path again = mounted("second");
    EXPECT_EQ(read_file(again / "etc/name"), "new");
    EXPECT_FALSE(fs::exists(again / "etc/gone"));
    close();
  });
}

TEST_F(ImageUnpackTest, AFullDiskLeavesNothingBehindAndSaysSo) {
  in_own_mount_namespace([&] {
    mount_tmpfs("size=4m");
    open();
    const auto big = [](archive::TarWriter& tar) {
      tar.add_file("big", std::string(std::size_t{2} << 20, 'x'));
    };
    for (int attempt = 0; attempt < 2; ++attempt) {
      try {
        make_image(nullptr, big);
        ADD_FAILURE() << "3 MiB hold neither blob nor files twice";
      } catch (const Error& error) {
        EXPECT_EQ(error.error_number(), ENOSPC) << error.what();
      }
    }
    EXPECT_TRUE(fs::is_empty(root_ / "staging"));
    EXPECT_TRUE(fs::is_empty(root_ / "trash"));
    EXPECT_TRUE(fs::is_empty(root_ / "layers"));
    EXPECT_TRUE(fs::is_empty(root_ / "blobs/sha256"));
    EXPECT_EQ(store_->images.count(), 0U);
    EXPECT_TRUE(make_image(nullptr, [](archive::TarWriter& tar) { tar.add_file("small", "x"); }));
    close();
  });
}

TEST_F(ImageUnpackTest, AContainerThatFilledTheDiskCanBeRemoved) {
  in_own_mount_namespace([&] {
    mount_tmpfs("size=4m");
    open();
    store_->snapshots.prepare("container", std::nullopt);
    {
      const Fd file = open_file(fs::path(store_->snapshots.mounts("container").upper) / "big",
                                O_WRONLY | O_CREAT, 0644);
      const std::string page(4096, 'x');
      while (::write(file.get(), page.data(), page.size()) > 0) {
      }
    }
    EXPECT_TRUE(store_->snapshots.remove("container"));
    EXPECT_TRUE(fs::is_empty(root_ / "layers"));
    close();
  });
}

}  // namespace
}  // namespace mydock::image
