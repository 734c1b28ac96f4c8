/* gateway/partitioner: the vectors of Kafka's own test (UtilsTest.testMurmur2), and the positive remainder. */
#include "gateway/write/partitioner.h"
#include "tests/unit/unit.h"

START_TEST(murmur2_is_kafkas) {
    static const struct {
        const char *key;
        int32_t hash;
    } vectors[] = {
        { "21", -973932308 },
        { "foobar", -790332482 },
        { "a-little-bit-long-string", -985981536 },
        { "a-little-bit-longer-string", -1486304829 },
        { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
        { "abc", 479470107 },
    };

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        ck_assert_int_eq((int32_t)partitioner_murmur2(bytes_text(vectors[i].key)), vectors[i].hash);
}
END_TEST

START_TEST(partition_is_the_positive_remainder) {
    uint32_t positive = (uint32_t)-973932308 & 0x7fffffff;
    for (uint32_t partitions = 1; partitions <= 256; partitions++)
        ck_assert_uint_eq(partitioner_of_key(BYTES_LITERAL("21"), partitions), positive % partitions);
}
END_TEST

START_TEST(every_length_is_read_exactly) {
    static const char text[] = "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7";
    for (size_t size = 0; size < sizeof text; size++) {
        autofree char *key = unit_exact(text, size);
        struct bytes bytes = { .data = key, .size = size };
        ck_assert_uint_lt(partitioner_of_key(bytes, 7), 7);
        if (size > 0)
            ck_assert_uint_ne(partitioner_murmur2(bytes), partitioner_murmur2((struct bytes){ key, size - 1 }));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = { murmur2_is_kafkas, partition_is_the_positive_remainder, every_length_is_read_exactly,
                                   NULL };
    return unit_run("partitioner", tests);
}
