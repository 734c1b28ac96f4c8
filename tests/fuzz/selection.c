/* gateway/selection and gateway/topics: which partitions a reader gets. The input makes a catalogue of topics, then
 * patterns and partition numbers that ask for some of them.
 *
 * What is selected is what a plain search of every topic gives, in name order; the hash of the query does not depend
 * on the order of its words, nor on a word said twice. */
#include "gateway/read/selection.h"
#include "gateway/topics.h"
#include "tests/fuzz/fuzz.h"

enum { TOPICS_MAX = 8, PATTERNS_MAX = 6, PARTITIONS_MAX = 4, NAME_LETTERS_MAX = 4 };

struct catalogue {
    struct topics *topics;
    struct storage_topic *items[TOPICS_MAX];
    size_t count;
};

/* Short names of few letters, so that they have beginnings in common. */
static struct bytes take_name(struct fuzz_input *input, char name[NAME_LETTERS_MAX + 1]) {
    size_t size = 1 + (size_t)fuzz_below(input, NAME_LETTERS_MAX);
    for (size_t i = 0; i < size; i++)
        name[i] = "ab-"[fuzz_below(input, 3)];
    name[size] = '\0';
    return (struct bytes){ name, size };
}

static void catalogue_make(struct catalogue *catalogue, struct fuzz_input *input) {
    fuzz_check(topics_create(&catalogue->topics) == STATUS_OK);
    size_t count = (size_t)fuzz_below(input, TOPICS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        char name[NAME_LETTERS_MAX + 1];
        take_name(input, name);
        struct storage_settings settings = { .partitions = 1 + (uint32_t)fuzz_below(input, PARTITIONS_MAX) };
        struct storage_topic *there = topics_find(catalogue->topics, bytes_text(name));
        storage_topic_unref(there);
        if (there != NULL)
            continue;
        struct storage_topic *topic = storage_topic_new(name, &settings);
        fuzz_check(topic != NULL);
        topic->id = i + 1;
        topics_on_topic(catalogue->topics, topic, false, i + 1);
        catalogue->items[catalogue->count++] = topic;
    }
}

static void catalogue_finish(struct catalogue *catalogue) {
    for (size_t i = 0; i < catalogue->count; i++)
        storage_topic_unref(catalogue->items[i]);
    topics_destroy(catalogue->topics);
}

static bool pattern_takes(struct bytes pattern, const char *name) {
    bool wildcard = pattern.data[pattern.size - 1] == '*';
    size_t size = pattern.size - wildcard;
    return wildcard ? strncmp(name, pattern.data, size) == 0 : bytes_equal(pattern, bytes_text(name));
}

static bool topic_wanted(const struct selection_query *query, const struct storage_topic *topic) {
    for (size_t i = 0; i < query->pattern_count; i++)
        if (pattern_takes(query->patterns[i], topic->name))
            return true;
    return false;
}

static bool number_wanted(const struct selection_query *query, uint32_t number) {
    for (size_t i = 0; i < query->partition_count; i++)
        if (query->partitions[i] == number)
            return true;
    return query->partition_count == 0;
}

static size_t count_wanted(const struct catalogue *catalogue, const struct selection_query *query) {
    size_t count = 0;
    for (size_t i = 0; i < catalogue->count; i++)
        for (uint32_t number = 0; number < catalogue->items[i]->settings.partitions; number++)
            count += topic_wanted(query, catalogue->items[i]) && number_wanted(query, number);
    return count;
}

/* Whether each name without `*` is there, and has the partitions that are asked for. */
static enum status expected_status(const struct catalogue *catalogue, const struct selection_query *query) {
    enum status expected = STATUS_OK;
    for (size_t i = 0; i < query->pattern_count && !query->lenient; i++) {
        bool found = query->patterns[i].data[query->patterns[i].size - 1] == '*';
        for (size_t t = 0; t < catalogue->count; t++) {
            const struct storage_topic *topic = catalogue->items[t];
            if (!bytes_equal(query->patterns[i], bytes_text(topic->name)))
                continue;
            found = true;
            for (size_t p = 0; p < query->partition_count; p++)
                if (query->partitions[p] >= topic->settings.partitions)
                    expected = STATUS_PARTITION_NOT_FOUND;
        }
        if (!found)
            return STATUS_TOPIC_NOT_FOUND;
    }

    return expected;
}

static void check_selected(const struct catalogue *catalogue, const struct selection_query *query,
                           const struct selection *selection) {
    fuzz_check(selection->partition_count == count_wanted(catalogue, query));
    for (size_t i = 0; i < selection->partition_count; i++) {
        const struct selected_partition *selected = &selection->partitions[i];
        fuzz_check(topic_wanted(query, selected->topic) && number_wanted(query, selected->partition));
        fuzz_check(selected->partition < selected->topic->settings.partitions);
        if (i == 0)
            continue;
        const struct selected_partition *before = &selection->partitions[i - 1];
        int order = strcmp(before->topic->name, selected->topic->name);
        fuzz_check(order < 0 || (order == 0 && before->partition < selected->partition));
    }
}

static enum status resolve(const struct catalogue *catalogue, const struct selection_query *query, uint32_t *ret_hash) {
    autoarena struct arena arena = { 0 };
    struct selection selection = { 0 };
    size_t missing = SIZE_MAX;
    enum status status = selection_resolve(catalogue->topics, query, &arena, &selection, &missing);
    fuzz_check(status == expected_status(catalogue, query));
    fuzz_check((status == STATUS_TOPIC_NOT_FOUND) == (missing < query->pattern_count));
    if (status != STATUS_OK)
        return status;
    check_selected(catalogue, query, &selection);
    *ret_hash = selection.hash;
    selection_finish(&selection);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = fuzz_input_of(data, size);
    struct catalogue catalogue = { 0 };
    catalogue_make(&catalogue, &input);
    char names[PATTERNS_MAX][NAME_LETTERS_MAX + 1];
    struct bytes patterns[2 * PATTERNS_MAX];
    uint32_t partitions[2 * PARTITIONS_MAX];
    struct selection_query query = { .patterns = patterns, .partitions = partitions };
    query.lenient = fuzz_u8(&input) % 2 == 1;
    query.pattern_count = 1 + (size_t)fuzz_below(&input, PATTERNS_MAX);
    query.partition_count = (size_t)fuzz_below(&input, PARTITIONS_MAX + 1);

    for (size_t i = 0; i < query.pattern_count; i++) {
        patterns[i] = take_name(&input, names[i]);
        if (fuzz_u8(&input) % 2 == 1)
            names[i][patterns[i].size - 1] = '*';
    }

    for (size_t i = 0; i < query.partition_count; i++)
        partitions[i] = (uint32_t)fuzz_below(&input, PARTITIONS_MAX + 1);

    uint32_t hash = 0;
    uint32_t hash_again = 0;
    enum status status = resolve(&catalogue, &query, &hash);

    /* The same words, said a second time in the other order. */
    for (size_t i = 0; i < query.pattern_count; i++)
        patterns[query.pattern_count + i] = patterns[query.pattern_count - 1 - i];

    for (size_t i = 0; i < query.partition_count; i++)
        partitions[query.partition_count + i] = partitions[query.partition_count - 1 - i];

    query.pattern_count *= 2;
    query.partition_count *= 2;
    fuzz_check(resolve(&catalogue, &query, &hash_again) == status && hash == hash_again);
    catalogue_finish(&catalogue);
    return 0;
}
