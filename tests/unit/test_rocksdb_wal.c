/* A write-ahead log that is not as it was written: a torn tail is what a killed process leaves, all else is damage. */
#include "tests/unit/rocksdb_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { EVENTS = 20, EVENT_BYTES = 5000 };

static void append_many(struct store *store) {
    char value[EVENT_BYTES + 1];
    memset(value, '7', EVENT_BYTES);
    value[EVENT_BYTES] = '\0';
    uint64_t id = 0;
    ck_assert_status(store_create(store, "t", 1, &id), STATUS_OK);
    for (int i = 0; i < EVENTS; i++)
        ck_assert_status(store_append(store, id, value, STORAGE_ACK_DISK, NULL), STATUS_OK);
}

/* The newest log file of the write-ahead log. */
static void find_log(const struct store *store, char path[512], off_t *ret_size) {
    DIR *directory = opendir(store->directory);
    ck_assert_ptr_nonnull(directory);
    char newest[256] = "";
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        size_t size = strlen(entry->d_name);
        if (size > 4 && strcmp(entry->d_name + size - 4, ".log") == 0 && strcmp(entry->d_name, newest) > 0)
            snprintf(newest, sizeof newest, "%s", entry->d_name);
    }
    closedir(directory);
    ck_assert_uint_gt(strlen(newest), 0);
    snprintf(path, 512, "%s/%s", store->directory, newest);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    *ret_size = status.st_size;
    ck_assert_int_gt(*ret_size, EVENTS * EVENT_BYTES);
}

/* A store whose process has died, and its log. */
static void store_crashed(struct store *store, char path[512], off_t *ret_size) {
    store_init(store);
    store_crash(store, append_many);
    find_log(store, path, ret_size);
}

static bool lacks_the_last(struct store *store) {
    store_open(store);
    uint64_t id = 0;
    return store_create(store, "t", 1, &id) == STATUS_TOPIC_EXISTS && store_bounds(store, id).next_offset == EVENTS - 1;
}

static bool is_refused(struct store *store) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    return store_try_open(store, detail) == STATUS_CORRUPT && detail[0] != '\0';
}

START_TEST(opens_with_a_torn_tail) {
    for (off_t torn = 1; torn <= EVENT_BYTES; torn += torn < 40 ? 3 : 997) {
        struct store store;
        char path[512];
        off_t size;
        store_crashed(&store, path, &size);
        ck_assert_int_eq(truncate(path, size - torn), 0);
        store_in_child(&store, lacks_the_last);
        store_finish(&store);
    }
}
END_TEST

START_TEST(refuses_a_damaged_middle) {
    for (off_t part = 1; part < 4; part++) {
        struct store store;
        char path[512];
        off_t size;
        store_crashed(&store, path, &size);
        int file = open(path, O_RDWR);
        ck_assert_int_ge(file, 0);
        char byte;
        ck_assert_int_eq(pread(file, &byte, 1, size / 4 * part), 1);
        byte ^= 1;
        ck_assert_int_eq(pwrite(file, &byte, 1, size / 4 * part), 1);
        close(file);
        store_in_child(&store, is_refused);
        store_finish(&store);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { opens_with_a_torn_tail, refuses_a_damaged_middle, NULL };
    return unit_run("rocksdb: write-ahead log", tests);
}
