/* The value of a topic: what an odd one is taken for. */
#include "storage/rocksdb/catalog/topic_entry.h"
#include "tests/unit/unit.h"

enum { VERSION = 1, NAME = 1, PARTITIONS = 4, KEY_POINTER = 11, UNKNOWN = 99 };

static void put_member(struct buffer *value, uint64_t member, struct bytes content) {
    buffer_append_varint(value, member);
    buffer_append_varint(value, content.size);
    buffer_append_bytes(value, content);
}

static void begin(struct buffer *value) {
    static const char one_partition[4 + 4 + 8] = { 0 };
    buffer_append_u8(value, VERSION);
    put_member(value, NAME, BYTES_LITERAL("clicks"));
    put_member(value, PARTITIONS, (struct bytes){ one_partition, sizeof one_partition });
}

START_TEST(of_repeated_members_the_last_counts) {
    autobuffer struct buffer value = { 0 };
    autoentry struct topic_entry *entry = NULL;
    begin(&value);
    put_member(&value, NAME, BYTES_LITERAL("views"));
    put_member(&value, KEY_POINTER, BYTES_LITERAL("/user/name"));
    put_member(&value, KEY_POINTER, BYTES_LITERAL("/id"));
    ck_assert_int_eq(topic_entry_decode(buffer_bytes(&value), 7, &entry), STATUS_OK);
    ck_assert_str_eq(entry->topic->name, "views");
    ck_assert_str_eq(entry->topic->settings.key_pointer, "/id");
}
END_TEST

START_TEST(what_nobody_knows_is_kept) {
    autobuffer struct buffer value = { 0 };
    autobuffer struct buffer written = { 0 };
    autobuffer struct buffer unknown = { 0 };
    autoentry struct topic_entry *entry = NULL;
    begin(&value);
    put_member(&value, UNKNOWN, BYTES_LITERAL("later"));
    put_member(&unknown, UNKNOWN, BYTES_LITERAL("later"));
    ck_assert_int_eq(topic_entry_decode(buffer_bytes(&value), 7, &entry), STATUS_OK);
    topic_entry_encode(entry, &written);
    ck_assert_ptr_nonnull(memmem(written.data, written.size, unknown.data, unknown.size));
}
END_TEST

int main(void) {
    const TTest *const tests[] = { of_repeated_members_the_last_counts, what_nobody_knows_is_kept, NULL };
    return unit_run("rocksdb: topic entry", tests);
}
