/* json_scan over the corpus of tests/corpus/json: the answers listed there, bytes kept, every prefix, and the same
 * answer as jansson on the cases and on many thousands of texts made from them. Takes the path of cases.txt. */
#include "base/arena.h"
#include "gateway/json/json.h"
#include "tests/json_tokens.h"
#include "tests/unit/json_differences.h"
#include "tests/unit/unit.h"

#include <stdint.h>
#include <stdio.h>

enum { CASES_MAX = 2000, CASES_MIN = 280, MUTATED_BYTES_MAX = 600, MUTATIONS_PER_CASE = 100 };

struct corpus_case {
    const char *name;
    bool accept;
    struct bytes text;
};

/* Filled by main before libcheck forks, read by the tests. */
static struct corpus {
    struct corpus_case cases[CASES_MAX];
    size_t count;
    struct arena memory;
} corpus;

/* The rule for a whole text: white space, one value, white space, the end. */
static bool scan_whole(char *text, size_t size, struct json_error *error) {
    size_t end;
    size_t at = json_skip_space(text, size, 0);
    if (!json_scan(text, size, at, &end, error))
        return false;
    end = json_skip_space(text, size, end);
    *error = (struct json_error){ .position = end, .message = "behind the value" };
    return end == size;
}

static bool scan_copy(struct bytes text, struct json_error *error) {
    autofree char *exact = unit_exact(text.data, text.size);
    bool accepted = scan_whole(exact, text.size, error);
    if (!accepted)
        ck_assert_uint_le(error->position, text.size);
    return accepted;
}

static void assert_as_jansson(const char *name, struct bytes text) {
    struct json_error scan_error = { 0 };
    json_error_t jansson_error;
    bool scan_accepted = scan_copy(text, &scan_error);
    json_t *value = json_loadb(text.data, text.size, JSON_DIFFERENCES_FLAGS, &jansson_error);
    json_decref(value);
    autobuffer struct buffer hex = { 0 };
    if (!json_answers_agree(text, scan_accepted, &scan_error, value != NULL, &jansson_error)) {
        for (size_t i = 0; i < text.size; i++)
            buffer_printf(&hex, "%02x", (uint8_t)text.data[i]);
        ck_abort_msg("%s: scan %s, jansson %s: %.*s", name, scan_accepted ? "accepts" : scan_error.message,
                     value != NULL ? "accepts" : jansson_error.text, (int)hex.size, hex.data);
    }
}

START_TEST(corpus_is_there) { ck_assert_uint_ge(corpus.count, CASES_MIN); }
END_TEST

START_TEST(answers_are_as_listed) {
    for (size_t i = 0; i < corpus.count; i++) {
        const struct corpus_case *one = &corpus.cases[i];
        struct json_error error = { 0 };
        bool accepted = scan_copy(one->text, &error);
        ck_assert_msg(accepted == one->accept, "%s: %s", one->name, accepted ? "accepted" : error.message);
    }
}
END_TEST

/* A second, simple-minded reading: inside a string or not. */
START_TEST(bytes_are_kept) {
    for (size_t i = 0; i < corpus.count; i++) {
        struct bytes text = corpus.cases[i].text;
        autofree char *scanned = unit_exact(text.data, text.size);
        struct json_error error;
        if (!scan_whole(scanned, text.size, &error))
            continue;
        size_t begin = json_skip_space(text.data, text.size, 0);
        size_t end;
        bool in_string = false;
        ck_assert(json_scan(scanned, text.size, begin, &end, &error));
        for (size_t at = 0; at < text.size; at++) {
            char byte = text.data[at];
            bool breaks = (byte == '\r' || byte == '\n') && !in_string && at >= begin && at < end;
            ck_assert_msg(scanned[at] == (breaks ? ' ' : byte), "%s: byte %zu", corpus.cases[i].name, at);
            if (in_string && byte == '\\')
                at++;
            else if (byte == '"')
                in_string = !in_string;
        }
    }
}
END_TEST

START_TEST(every_prefix_is_as_jansson_says) {
    for (size_t i = 0; i < corpus.count; i++) {
        struct bytes text = corpus.cases[i].text;
        size_t size_max = text.size < MUTATED_BYTES_MAX ? text.size : MUTATED_BYTES_MAX;
        for (size_t size = 0; size <= size_max; size++)
            assert_as_jansson(corpus.cases[i].name, (struct bytes){ text.data, size });
    }
}
END_TEST

START_TEST(cases_are_as_jansson_says) {
    for (size_t i = 0; i < corpus.count; i++)
        assert_as_jansson(corpus.cases[i].name, corpus.cases[i].text);
}
END_TEST

static uint32_t next_random(uint64_t *state, uint32_t below) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % below);
}

/* One to three changes: a byte put, taken away, doubled, or another case's piece put in. */
static void mutate(struct buffer *text, uint64_t *random) {
    static const char bytes[] = "[]{},:\"\\ue0123456789+-.tfn \n\r\t\x01\x7f\x80\xc3\xa9\xed\xa0\xf0\xff";
    for (uint32_t changes = 1 + next_random(random, 3); changes > 0 && text->size > 0; changes--) {
        size_t at = next_random(random, (uint32_t)text->size);
        const struct corpus_case *other = &corpus.cases[next_random(random, (uint32_t)corpus.count)];
        switch (next_random(random, 4)) {
        case 0: text->data[at] = bytes[next_random(random, sizeof bytes - 1)]; break;
        case 1: memmove(text->data + at, text->data + at + 1, --text->size - at); break;
        case 2:
            buffer_append_u8(text, 0);
            memmove(text->data + at + 1, text->data + at, text->size - 1 - at);
            break;
        default:
            if (other->text.size < 100) {
                buffer_reserve(text, other->text.size);
                ck_assert(!text->failed);
                memmove(text->data + at + other->text.size, text->data + at, text->size - at);
                memcpy(text->data + at, other->text.data, other->text.size);
                text->size += other->text.size;
            }
        }
    }
}

START_TEST(mutations_are_as_jansson_says) {
    uint64_t random = 20261122;
    for (size_t i = 0; i < corpus.count; i++) {
        if (corpus.cases[i].text.size > MUTATED_BYTES_MAX)
            continue;
        for (int n = 0; n < MUTATIONS_PER_CASE; n++) {
            autobuffer struct buffer text = { 0 };
            buffer_append_bytes(&text, corpus.cases[i].text);
            mutate(&text, &random);
            if (text.size > 0)
                assert_as_jansson(corpus.cases[i].name, buffer_bytes(&text));
        }
    }
}
END_TEST

/* All of an accepted text is in its items: a walk that copies must give the tokens back. */
static void walk_all(struct bytes value, struct buffer *tokens) {
    if (json_kind_of(value) != JSON_KIND_ARRAY && json_kind_of(value) != JSON_KIND_OBJECT) {
        buffer_append_bytes(tokens, value);
        return;
    }

    const char *between = "";
    buffer_append_u8(tokens, (uint8_t)value.data[0]);

    for (struct json_walk walk = json_walk(value); json_walk_next(&walk); between = ",") {
        buffer_append_text(tokens, between);
        buffer_append_bytes(tokens, walk.name);
        if (bytes_present(walk.name))
            buffer_append_u8(tokens, ':');
        walk_all(walk.value, tokens);
    }

    buffer_append_u8(tokens, value.data[0] == '{' ? '}' : ']');
}

START_TEST(walks_give_every_token) {
    for (size_t i = 0; i < corpus.count; i++) {
        struct bytes text = corpus.cases[i].text;
        autofree char *exact = unit_exact(text.data, text.size);
        autobuffer struct buffer walked = { 0 };
        autobuffer struct buffer expected = { 0 };
        struct json_error error;
        if (!scan_whole(exact, text.size, &error))
            continue;
        size_t begin = json_skip_space(exact, text.size, 0);
        size_t end;
        ck_assert(json_scan(exact, text.size, begin, &end, &error));
        walk_all((struct bytes){ exact + begin, end - begin }, &walked);
        json_tokens_append(&expected, text, " \t\r\n");
        ck_assert_msg(bytes_equal(buffer_bytes(&walked), buffer_bytes(&expected)), "%s: %.*s", corpus.cases[i].name,
                      (int)walked.size, walked.data);
    }
}
END_TEST

static int hex_value(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

/* `name<TAB>accept|refuse<TAB>hex` */
static bool load_line(char *line) {
    char *rest = line;
    const char *name = strsep(&rest, "\t");
    const char *answer = strsep(&rest, "\t");
    const char *hex = strsep(&rest, "\n");
    if (answer == NULL || hex == NULL || corpus.count == CASES_MAX)
        return false;

    size_t size = strlen(hex) / 2;
    char *data = arena_copy(&corpus.memory, hex, size);
    name = arena_copy(&corpus.memory, name, strlen(name));
    if (data == NULL || name == NULL)
        return false;

    for (size_t i = 0; i < size; i++)
        data[i] = (char)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));

    corpus.cases[corpus.count++] = (struct corpus_case){ name, strcmp(answer, "accept") == 0, { data, size } };
    return true;
}

static bool load(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    char *line = NULL;
    size_t capacity = 0;
    bool good = true;
    while (good && getline(&line, &capacity, file) > 0)
        good = load_line(line);
    free(line);
    fclose(file);
    return good;
}

int main(int argc, char **argv) {
    if (argc != 2 || !load(argv[1])) {
        fputs("usage: test_json_corpus cases.txt\n", stderr);
        return EXIT_FAILURE;
    }

    const TTest *const tests[] = { corpus_is_there,
                                   answers_are_as_listed,
                                   bytes_are_kept,
                                   cases_are_as_jansson_says,
                                   every_prefix_is_as_jansson_says,
                                   mutations_are_as_jansson_says,
                                   walks_give_every_token,
                                   NULL };
    int result = unit_run("json_corpus", tests);
    arena_finish(&corpus.memory);
    return result;
}
