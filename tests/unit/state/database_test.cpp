#include "state/database.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/id.h"

namespace mydock::state {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() { make_directories(directory_, 0700); }
  ~DatabaseTest() override { remove_tree(directory_); }

  static void make_table(Database& database) {
    static constexpr std::array<std::string_view, 1> kSteps = {
        "CREATE TABLE t_things(id TEXT PRIMARY KEY, size INTEGER, note TEXT)"};
    database.migrate("t", kSteps);
  }
  static std::int64_t count(Database& database) {
    Reading reading(database);
    Statement rows = reading.query("SELECT count(*) FROM t_things");
    return rows.step() ? rows.integer(0) : -1;
  }

  fs::path directory_ = fs::temp_directory_path() / ("mydock-state-" + random_hex(12));
  fs::path file_ = directory_ / "state.db";
};

TEST_F(DatabaseTest, KeepsWhatIsCommittedAndNothingElse) {
  {
    Database database(file_);
    make_table(database);
    for (const Durability durability : {Durability::synced, Durability::relaxed}) {
      Transaction transaction(database, durability);
      transaction.run("INSERT INTO t_things VALUES(?,?,?)",
                      durability == Durability::synced ? "a" : "b", 1, nullptr);
      transaction.commit();
    }
    Transaction dropped(database);
    dropped.run("INSERT INTO t_things VALUES('c', 1, NULL)");
  }
  Database again(file_);
  EXPECT_EQ(count(again), 2);
}

TEST_F(DatabaseTest, EveryKindOfValueComesBackAsItWent) {
  Database database(file_);
  make_table(database);
  const std::string bytes("\0\x01 text", 7);
  {
    Transaction transaction(database);
    transaction.run("INSERT INTO t_things VALUES(?,?,?)", bytes, std::int64_t{-5},
                    std::optional<std::string>());
    transaction.run("INSERT INTO t_things VALUES(?,?,?)", "b", Time(std::chrono::nanoseconds(42)),
                    true);
    transaction.commit();
  }
  Reading reading(database);
  Statement rows = reading.query("SELECT id, size, note FROM t_things ORDER BY size");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), bytes);
  EXPECT_EQ(rows.integer(1), -5);
  EXPECT_TRUE(rows.is_null(2));
  EXPECT_EQ(rows.maybe_text(2), std::nullopt);
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.time(1), Time(std::chrono::nanoseconds(42)));
  EXPECT_TRUE(rows.boolean(2));
  EXPECT_FALSE(rows.step());
}

TEST_F(DatabaseTest, AReaderSeesTheOldRowsAndDoesNotWaitForTheWriter) {
  Database database(file_);
  make_table(database);
  Transaction writing(database);
  writing.run("INSERT INTO t_things VALUES('a', 1, NULL)");
  EXPECT_EQ(count(database), 0);
  Reading before(database);
  { EXPECT_FALSE(before.query("SELECT 1 FROM t_things").step()); }
  writing.commit();
  { EXPECT_FALSE(before.query("SELECT 1 FROM t_things").step()); }
  EXPECT_EQ(count(database), 1);
}

TEST_F(DatabaseTest, WritersTakeTurnsWithReadersBeside) {
  Database database(file_);
  make_table(database);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&database, t] {
      for (int i = 0; i < 50; ++i) {
        Transaction transaction(database, Durability::relaxed);
        transaction.run("INSERT INTO t_things VALUES(?,?,NULL)", std::to_string(t * 1000 + i), i);
        transaction.commit();
        EXPECT_GT(count(database), 0);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(count(database), 200);
}

TEST_F(DatabaseTest, MigrationRunsEachStepOnceAndRefusesANewerSchema) {
  static constexpr std::array<std::string_view, 2> kSteps = {
      "CREATE TABLE t_a(x)", "ALTER TABLE t_a ADD COLUMN y; INSERT INTO t_a VALUES(1,2)"};
  {
    Database database(file_);
    database.migrate("t", std::span(kSteps).first(1));
    database.migrate("t", kSteps);
    database.migrate("t", kSteps);
    Reading reading(database);
    Statement rows = reading.query("SELECT count(*), max(y) FROM t_a");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.integer(0), 1);
    EXPECT_EQ(rows.integer(1), 2);
  }
  Database database(file_);
  EXPECT_THROW(database.migrate("t", std::span(kSteps).first(1)), Error);
}

TEST_F(DatabaseTest, ErrorsNameTheirKind) {
  Database database(file_);
  make_table(database);
  Transaction transaction(database);
  transaction.run("INSERT INTO t_things VALUES('a', 1, NULL)");
  try {
    transaction.run("INSERT INTO t_things VALUES('a', 1, NULL)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("UNIQUE"));
  }
  EXPECT_THROW(transaction.run("SELECT nonsense"), Error);
  transaction.commit();
  EXPECT_EQ(count(database), 1);
}

TEST_F(DatabaseTest, AFullDatabaseIsNoSpaceLeft) {
  Database database(file_);
  make_table(database);
  { Transaction(database).query("PRAGMA max_page_count=20").step(); }
  try {
    Transaction transaction(database);
    transaction.run("INSERT INTO t_things VALUES('a', 1, ?)", std::string(1 << 20, 'x'));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.error_number(), ENOSPC);
    EXPECT_THAT(error.what(), HasSubstr("no space left on device"));
  }
  EXPECT_EQ(count(database), 0);
}

TEST_F(DatabaseTest, TheLogHasBlocksInReserveAndDoesNotGrowFarBeyondThem) {
  Database database(file_);
  make_table(database);
  struct stat wal {};
  ASSERT_EQ(::stat((file_.string() + "-wal").c_str(), &wal), 0);
  EXPECT_GE(wal.st_blocks * 512, 1 << 20);
  for (int i = 0; i < 2000; ++i) {
    Transaction transaction(database, Durability::relaxed);
    transaction.run("INSERT INTO t_things VALUES(?, 1, 'some text')", i);
    transaction.commit();
  }
  ASSERT_EQ(::stat((file_.string() + "-wal").c_str(), &wal), 0);
  EXPECT_LE(wal.st_size, 1280 << 10);
}

TEST_F(DatabaseTest, ADamagedFileIsRefused) {
  write_file_atomically(file_, std::string(8192, 'x'), 0600);
  try {
    Database database(file_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::unavailable);
  }
}

TEST_F(DatabaseTest, FilesAreForTheOwnerOnly) {
  Database database(file_);
  make_table(database);
  for (const auto& entry : fs::directory_iterator(directory_)) {
    struct stat info {};
    ASSERT_EQ(::lstat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U) << entry.path();
  }
}

}  // namespace
}  // namespace mydock::state
