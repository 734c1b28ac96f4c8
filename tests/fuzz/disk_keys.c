/* storage/rocksdb/keys and the small values: what the families catalog, offsets and the logs are found by. The input is
 * numbers and group names to make keys of, then the bytes of a key or a value as a disk gives them.
 *
 * What is taken for a key or a value is the one that writing it gives. Keys sort as what they encode, and the bounds
 * of a partition or a group hold all of its keys and no others. */
#include "storage/rocksdb/database/family_names.h"
#include "storage/rocksdb/database/keys.h"
#include "storage/rocksdb/database/values.h"
#include "storage/rocksdb/offsets/committed.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

static struct bytes bytes_of(const struct key *key) { return (struct bytes){ key->data, key->size }; }

/* As RocksDB orders them. */
static int order(const struct key *a, const struct key *b) {
    size_t both = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, both);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static int sign(int number) { return (number > 0) - (number < 0); }

static void check_keys_read(struct bytes raw) {
    uint32_t partition;
    uint64_t number;
    struct bytes group;
    if (key_log_parse(raw, &partition, &number)) {
        struct key key = key_log(partition, number);
        fuzz_check(bytes_equal(bytes_of(&key), raw));
    }

    if (key_catalog_topic_parse(raw, &number)) { /* the kind in front is what the scan selects by */
        struct key key = key_catalog_topic(number);
        key.data[0] = raw.data[0];
        fuzz_check(bytes_equal(bytes_of(&key), raw));
    }

    if (key_offsets_parse(raw, &group, &number, &partition)) {
        autofree char *name = fuzz_text(group);
        fuzz_check(key_group_valid(name) && strlen(name) == group.size);
        struct key key = key_offsets(name, number, partition);
        fuzz_check(bytes_equal(bytes_of(&key), raw));
    }
}

static void check_values_read(struct bytes raw) {
    uint64_t number;
    uint64_t second;
    struct committed committed;
    if (value_u64_parse(raw, &number)) {
        struct value value = value_u64(number);
        fuzz_check(bytes_equal(value_bytes(&value), raw));
    }

    if (value_pair_parse(raw, &number, &second))
        fuzz_check(raw.size == VALUE_BYTES_MAX && get_be64(raw.data + 1) == number && get_be64(raw.data + 9) == second);
    if (committed_decode(raw, &committed)) {
        autobuffer struct buffer written = { 0 };
        committed_encode(&committed, &written);
        fuzz_check(bytes_equal(buffer_bytes(&written), raw) && committed.committed_at_ms >= 0);
    }
}

static void check_family(struct bytes raw) {
    autofree char *name = fuzz_text(raw);
    char written[32];
    unsigned slot;
    if (!family_name_slot(name, &slot))
        return;
    snprintf(written, sizeof written, "log-%03u", slot);
    fuzz_check(slot < FAMILY_SLOTS_MAX && strcmp(written, name) == 0);
}

static void check_log_order(struct fuzz_input *input) {
    uint32_t partition = (uint32_t)fuzz_below(input, UINT32_MAX);
    uint64_t offset = fuzz_number(input);
    uint32_t other_partition = partition + (uint32_t)fuzz_below(input, 2);
    uint64_t other_offset = fuzz_number(input);
    struct key a = key_log(partition, offset);
    struct key b = key_log(other_partition, other_offset);
    struct key end = key_log_end(partition);
    int expected = partition != other_partition ? -1 : (offset > other_offset) - (offset < other_offset);
    fuzz_check(sign(order(&a, &b)) == expected);
    fuzz_check(order(&a, &end) < 0 && (order(&b, &end) < 0) == (partition == other_partition));
    uint32_t read_partition;
    uint64_t read_offset;
    fuzz_check(key_log_parse(bytes_of(&a), &read_partition, &read_offset));
    fuzz_check(read_partition == partition && read_offset == offset);
}

/* A name as groups have them: no NUL, not too long, not beginning with the byte 255. NULL: it is none. */
static char *take_group(struct fuzz_input *input) {
    char *name = fuzz_text(fuzz_run(input));
    if (key_group_valid(name) && name[0] != '\xff')
        return name;
    mem_free(name);
    return NULL;
}

static void check_bounds(const char *group, const struct key *key) {
    struct key lower = key_offsets_group(group);
    struct key upper = key_offsets_group_end(group);
    struct key last = key_offsets_last();
    struct key prefix = key_offsets_prefix(group);
    fuzz_check(order(&prefix, &lower) < 0 && order(&lower, key) < 0 && order(key, &upper) < 0);
    fuzz_check(order(&upper, &last) < 0);
}

static void check_groups(struct fuzz_input *input) {
    autofree char *a = take_group(input);
    autofree char *b = take_group(input);
    if (a == NULL || b == NULL)
        return;

    uint64_t topic_id = fuzz_number(input);
    uint32_t partition = (uint32_t)fuzz_number(input);
    struct key key = key_offsets(a, topic_id, partition);
    struct key other = key_offsets(b, fuzz_number(input), (uint32_t)fuzz_number(input));
    check_bounds(a, &key);
    check_bounds(b, &other);
    struct bytes group;
    uint64_t read_topic_id;
    uint32_t read_partition;
    fuzz_check(key_offsets_parse(bytes_of(&key), &group, &read_topic_id, &read_partition));
    fuzz_check(bytes_equal(group, bytes_text(a)) && read_topic_id == topic_id && read_partition == partition);
    if (strcmp(a, b) == 0)
        return;

    struct key end = key_offsets_group_end(a);
    fuzz_check(sign(order(&key, &other)) == sign(strcmp(a, b)));
    fuzz_check(sign(order(&end, &other)) == sign(strcmp(a, b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    uint8_t what = fuzz_u8(&input);
    if (what % 3 == 0)
        check_log_order(&input);
    else if (what % 3 == 1)
        check_groups(&input);
    autofree char *exact = fuzz_exact(input.left);
    struct bytes raw = { exact, input.left.size };
    check_keys_read(raw);
    check_values_read(raw);
    check_family(raw);
    return 0;
}
