/* Keys and names of the store: what was not made here is not taken for it. */
#include "storage/rocksdb/database/family_names.h"
#include "storage/rocksdb/database/keys.h"
#include "tests/unit/unit.h"

static bool offsets_key_taken(size_t group_bytes, size_t behind) {
    char key[2 * KEY_BYTES_MAX] = { 0 };
    struct bytes group;
    uint64_t topic_id;
    uint32_t partition;
    memset(key, 'g', group_bytes);
    autofree char *exact = unit_exact(key, group_bytes + behind);
    bool taken = key_offsets_parse((struct bytes){ exact, group_bytes + behind }, &group, &topic_id, &partition);
    ck_assert(!taken || group.size == group_bytes);
    return taken;
}

START_TEST(groups_of_keys_have_names) {
    ck_assert(offsets_key_taken(1, 1 + 8 + 4));
    ck_assert(offsets_key_taken(KEY_GROUP_BYTES_MAX, 1 + 8 + 4));
    ck_assert(!offsets_key_taken(0, 1 + 8 + 4));
    ck_assert(!offsets_key_taken(KEY_GROUP_BYTES_MAX + 1, 1 + 8 + 4)); /* no key could be made of it */
    ck_assert(!offsets_key_taken(5, 1 + 8 + 3));
    ck_assert(!offsets_key_taken(5, 1 + 8 + 5));
    ck_assert(!offsets_key_taken(5, 0));
}
END_TEST

START_TEST(slots_have_one_name_each) {
    static const char *const others[] = { "log-",     "log-7",   "log-07",          "log-0007", "log-0310",
                                          "log-1024", "log-00a", "log-99999999999", "Log-007",  "catalog" };
    unsigned slot = 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!family_name_slot(others[i], &slot), "%s is taken for slot %u", others[i], slot);
    ck_assert(family_name_slot("log-007", &slot) && slot == 7);
    ck_assert(family_name_slot("log-1023", &slot) && slot == 1023);
}
END_TEST

int main(void) {
    const TTest *const tests[] = { groups_of_keys_have_names, slots_have_one_name_each, NULL };
    return unit_run("rocksdb: keys", tests);
}
