/* Tables in which a byte is changed, and reads of the disk that fail: the store refuses to open, or a read says that it failed, or
 * every answer is what it was. Nothing is passed over in silence. */
#include "storage/rocksdb/engine.h"
#include "tests/unit/rocksdb_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    EVENTS = 1600,
    VALUE_BYTES = 16 * 1024, /* so that each is a batch, and 26 MB of them some tables */
    GROUP_OFFSETS = 3,
    PAGES_MAX = 4 * EVENTS,
    BLOCK_BYTES = 32 * 1024,
    READS = 1000, /* of opening and of asking for everything, about */
};

static const char GROUP[] = "g";

/* ---- what is there ---------------------------------------------------------------------------------------------- */

static char value_byte(uint64_t offset, size_t i) {
    uint64_t mixed = (offset * VALUE_BYTES + i) * UINT64_C(0x9e3779b97f4a7c15);
    return (char)(' ' + (mixed >> 33) % 90);
}

static void make_value(uint64_t offset, char value[VALUE_BYTES + 1]) {
    for (size_t i = 0; i < VALUE_BYTES; i++)
        value[i] = value_byte(offset, i);
    value[VALUE_BYTES] = '\0';
}

static void commit_offset(struct store *store, uint64_t id, uint32_t partition, uint64_t offset) {
    struct storage_commit commit = { .topic_id = id, .partition = partition, .offset = offset };
    struct waited waited;
    waited_init(&waited);
    waited.commit.group = GROUP;
    waited.commit.commits = &commit;
    waited.commit.commit_count = 1;
    store->storage->ops->offsets_commit(store->storage, &waited.commit);
    ck_assert_status(waited_status(&waited), STATUS_OK);
}

/* All of partition 0, some of it committed; most of it in tables. In a process of its own, as each that opens the store. */
static bool fill(struct store *store) {
    static char value[VALUE_BYTES + 1];
    uint64_t id = 0;
    store_open(store);
    ck_assert_status(store_create(store, "t", GROUP_OFFSETS, &id), STATUS_OK);
    for (uint64_t offset = 0; offset < EVENTS; offset++) {
        make_value(offset, value);
        ck_assert_status(store_append(store, id, value, STORAGE_ACK_OS, NULL), STATUS_OK);
    }
    for (uint32_t i = 0; i < GROUP_OFFSETS; i++)
        commit_offset(store, id, i, i == 0 ? EVENTS : 0);
    store_close(store);
    store_open(store); /* what lay in the log alone goes to tables, and all of these to a level of many */
    struct engine *engine = (struct engine *)store->storage;
    for (unsigned slot = 0; slot < engine->database.slot_count; slot++)
        rocksdb_compact_range_cf(engine->database.db, engine->database.slots[slot], NULL, 0, NULL, 0);
    store_close(store);
    return true;
}

static void make_store(struct store *store) {
    store_init(store);
    store->options.write_buffer_bytes = 1 << 20;
    store->options.table_bytes = 1 << 20;
    store_in_child(store, fill);
}

/* ---- what is answered ------------------------------------------------------------------------------------------- */

/* Sets *told when something said that it failed. False: an answer is wrong. */
static bool log_is_right(struct store *store, uint64_t id, bool *told) {
    uint64_t next = 0;
    for (int pages = 0; next < EVENTS && pages < PAGES_MAX; pages++) {
        struct waited waited;
        enum status status = store_read(store, id, next, &waited);
        bool right = status == STATUS_OK ? waited.read.ret_next > next && waited.read.ret_next <= EVENTS
                                         : status_is_read_failure(status);
        uint64_t expected = next;
        for (size_t i = 0; i < waited.read.record_count && right; i++, expected++) {
            const struct storage_record *record = &waited.read.records[i];
            right = record->offset == expected && record->value.size == VALUE_BYTES;
            for (size_t k = 0; k < VALUE_BYTES && right; k += 97)
                right = record->value.data[k] == value_byte(expected, k);
        }
        right = right && (status != STATUS_OK || expected == waited.read.ret_next);
        bool at_head = status == STATUS_OK && waited.read.ret_head == EVENTS;
        next = status == STATUS_OK ? waited.read.ret_next : next + 1; /* behind what cannot be read */
        *told = *told || status != STATUS_OK;
        storage_read_finish(&waited.read);
        if (!right || (status == STATUS_OK && !at_head))
            return false;
    }
    return next == EVENTS;
}

static bool times_are_right(struct store *store, uint64_t id, bool *told) {
    static const struct {
        int64_t time_ms;
        uint64_t offset;
    } asked[] = { { 0, 0 }, { INT64_MAX - 1, EVENTS } };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct waited waited;
        enum status status = store_find(store, id, asked[i].time_ms, &waited);
        *told = *told || status_is_read_failure(status);
        if (!status_is_read_failure(status) && (status != STATUS_OK || waited.found.ret_offset != asked[i].offset))
            return false;
    }
    return true;
}

static bool groups_are_right(struct store *store, bool *told) {
    struct waited waited;
    waited_init(&waited);
    waited.fetch.group = GROUP;
    store->storage->ops->offsets_fetch(store->storage, &waited.fetch);
    enum status status = waited_status(&waited);
    bool right = status_is_read_failure(status) || (status == STATUS_OK && waited.fetch.count == GROUP_OFFSETS);
    *told = *told || status_is_read_failure(status);
    storage_offsets_fetch_finish(&waited.fetch);

    waited_init(&waited);
    waited.list.prefix = "";
    waited.list.limit = 10;
    store->storage->ops->groups_list(store->storage, &waited.list);
    status = waited_status(&waited);
    right = right && (status_is_read_failure(status) || (status == STATUS_OK && waited.list.count == 1));
    *told = *told || status_is_read_failure(status);
    storage_groups_list_finish(&waited.list);
    return right;
}

/* How a store answers; of a process of its own. */
enum answers { ANSWERS_RIGHT, ANSWERS_TOLD, ANSWERS_REFUSED, ANSWERS_WRONG };

static enum answers answers_of(struct store *store) {
    char detail[STORAGE_DETAIL_BYTES] = "";
    enum status status = store_try_open(store, detail);
    if (status != STATUS_OK)
        return status_is_read_failure(status) && detail[0] != '\0' ? ANSWERS_REFUSED : ANSWERS_WRONG;
    uint64_t topic = 0;
    status = store_create(store, "t", GROUP_OFFSETS, &topic);
    bool told = status_is_read_failure(status);
    bool right = (told || status == STATUS_TOPIC_EXISTS) && store_bounds(store, topic).next_offset == EVENTS &&
                 log_is_right(store, topic, &told) && times_are_right(store, topic, &told) &&
                 groups_are_right(store, &told);
    store_close(store);
    return !right ? ANSWERS_WRONG : told ? ANSWERS_TOLD : ANSWERS_RIGHT;
}

static enum answers answers_in_child(struct store *store) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit((int)answers_of(store));
    int outcome;
    ck_assert_int_eq(waitpid(child, &outcome, 0), child);
    return WIFEXITED(outcome) ? (enum answers)WEXITSTATUS(outcome) : ANSWERS_WRONG;
}

/* ---- flipped bits ----------------------------------------------------------------------------------------------- */

enum { TABLES_MAX = 256, NAME_BYTES = 256, ROUNDS_QUICK = 60, ROUNDS_SABOTEUR = 200 };

static bool is_table(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL && strcmp(dot, ".sst") == 0;
}

static size_t list_tables(const struct store *store, char names[TABLES_MAX][NAME_BYTES]) {
    DIR *directory = opendir(store->directory);
    ck_assert_ptr_nonnull(directory);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < TABLES_MAX;)
        if (is_table(entry->d_name))
            snprintf(names[count++], NAME_BYTES, "%s", entry->d_name);
    closedir(directory);
    return count;
}

static void copy_file(const char *from, const char *to) {
    static char bytes[1 << 16];
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert(source >= 0 && target >= 0);
    ssize_t size;
    while ((size = read(source, bytes, sizeof bytes)) > 0)
        ck_assert_int_eq(write(target, bytes, (size_t)size), size);
    ck_assert_int_eq(size, 0);
    close(source);
    close(target);
}

/* The same store once more, for who opens it changes it. Tables but one are shared: nobody writes to them. */
static void copy_store(const struct store *from, struct store *to, const char *own_table) {
    store_init(to);
    to->options.table_bytes = from->options.table_bytes;
    DIR *directory = opendir(from->directory);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_type != DT_REG)
            continue;
        char source[512];
        char target[512];
        snprintf(source, sizeof source, "%s/%s", from->directory, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to->directory, entry->d_name);
        if (is_table(entry->d_name) && (own_table == NULL || strcmp(entry->d_name, own_table) != 0))
            ck_assert_int_eq(link(source, target), 0);
        else
            copy_file(source, target);
    }
    closedir(directory);
}

static void flip(const char *path, off_t place) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(file, 0);
    char byte;
    ck_assert_int_eq(pread(file, &byte, 1, place), 1);
    byte ^= 0x10;
    ck_assert_int_eq(pwrite(file, &byte, 1, place), 1);
    close(file);
}

static size_t rounds_wanted(size_t quick) {
    const char *asked = getenv("TAILRACE_TEST_ROUNDS");
    return asked != NULL ? (size_t)strtoul(asked, NULL, 10) : quick;
}

/* Most bits are in the middle; so every fourth round goes to the end of a table, where its index and its properties are, and one
 * to its first block, which a walk that comes from the table before it may pass over. */
static off_t choose_place(uint64_t random, size_t round, off_t size) {
    off_t block = size > BLOCK_BYTES ? BLOCK_BYTES : size;
    switch (round % 4) {
    case 1: return (off_t)(random % (uint64_t)block);
    case 3: return size - 1 - (off_t)(random % (uint64_t)block);
    default: return (off_t)(random % (uint64_t)size);
    }
}

static enum answers answers_with_a_flip(const struct store *store, const char *table, uint64_t random, size_t round) {
    struct store changed;
    copy_store(store, &changed, table);
    char path[512];
    snprintf(path, sizeof path, "%s/%s", changed.directory, table);
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    off_t place = choose_place(random, round, about.st_size);
    flip(path, place);
    enum answers answers = answers_in_child(&changed);
    if (answers == ANSWERS_WRONG)
        printf("round %zu: a wrong answer for byte %lld of %lld in %s\n", round, (long long)place,
               (long long)about.st_size, table);
    store_finish(&changed);
    return answers;
}

/* Counts how the store answers in each round; ends with the first wrong answer. */
static void flip_bits(size_t rounds, size_t seen[ANSWERS_WRONG + 1]) {
    static char tables[TABLES_MAX][NAME_BYTES];
    struct store store;
    make_store(&store);
    size_t count = list_tables(&store, tables);
    ck_assert_uint_ge(count, 3);
    uint64_t random = UINT64_C(88172645463325252);
    for (size_t round = 0; round < rounds && seen[ANSWERS_WRONG] == 0; round++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        seen[answers_with_a_flip(&store, tables[(random >> 33) % count], random >> 20, round)]++;
    }
    printf("flipped bits in %zu tables: %zu refused, %zu told, %zu changed no answer, %zu wrong\n", count,
           seen[ANSWERS_REFUSED], seen[ANSWERS_TOLD], seen[ANSWERS_RIGHT], seen[ANSWERS_WRONG]);
    fflush(stdout);
    store_finish(&store);
}

#ifdef SABOTEUR_BELIEVE_SCAN_END
START_TEST(is_caught) {
    size_t seen[ANSWERS_WRONG + 1] = { 0 };
    flip_bits(ROUNDS_SABOTEUR, seen);
    ck_assert_uint_eq(seen[ANSWERS_WRONG], 1);
}
END_TEST
#endif

START_TEST(a_flipped_bit_is_told) {
    size_t seen[ANSWERS_WRONG + 1] = { 0 };
    size_t rounds = rounds_wanted(ROUNDS_QUICK);
    flip_bits(rounds, seen);
    ck_assert_uint_eq(seen[ANSWERS_WRONG], 0);
    ck_assert_uint_ge(seen[ANSWERS_TOLD], rounds / 3);
}
END_TEST

/* ---- reads that fail -------------------------------------------------------------------------------------------- */

static atomic_size_t reads; /* of tables, so far */
static size_t first_bad;    /* 0: none */
static bool bad_for_ever;

/* RocksDB's, by the name under which it asks the C library; this file's own calls have another. */
ssize_t failing_pread(int file, void *to, size_t size, off_t place) __asm__("pread");

ssize_t failing_pread(int file, void *to, size_t size, off_t place) {
    static ssize_t (*_Atomic real)(int, void *, size_t, off_t);
    if (real == NULL)
        real = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
    size_t number = atomic_fetch_add(&reads, 1) + 1;
    if (first_bad != 0 && (number == first_bad || (bad_for_ever && number > first_bad))) {
        errno = EIO;
        return -1;
    }
    return real(file, to, size, place);
}

START_TEST(a_read_that_fails_is_told) {
    struct store store;
    make_store(&store);
    size_t seen[ANSWERS_WRONG + 1] = { 0 };
    size_t rounds = rounds_wanted(ROUNDS_QUICK);
    for (size_t round = 0; round < rounds; round++) {
        first_bad = 1 + round * 17 % READS;
        bad_for_ever = round % 2 > 0;
        struct store changed;
        copy_store(&store, &changed, NULL);
        enum answers answers = answers_in_child(&changed);
        ck_assert_msg(answers != ANSWERS_WRONG, "read %zu fails%s", first_bad, bad_for_ever ? " for ever" : "");
        seen[answers]++;
        store_finish(&changed);
    }
    first_bad = 0;
    printf("%zu times a read of the disk failed: %zu refused, %zu told, %zu changed no answer\n", rounds,
           seen[ANSWERS_REFUSED], seen[ANSWERS_TOLD], seen[ANSWERS_RIGHT]);
    ck_assert_uint_ge(seen[ANSWERS_TOLD], rounds / 8);
    store_finish(&store);
}
END_TEST

int main(void) {
#ifdef SABOTEUR_BELIEVE_SCAN_END
    (void)a_flipped_bit_is_told;
    (void)a_read_that_fails_is_told;
    const TTest *const tests[] = { is_caught, NULL };
#else
    const TTest *const tests[] = { a_flipped_bit_is_told, a_read_that_fails_is_told, NULL };
#endif
    return unit_run("rocksdb: unreadable", tests);
}
