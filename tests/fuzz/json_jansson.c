/* gateway/json against jansson, another reader of the same standard. The input is a JSON text.
 *
 * Both take it or both refuse it, but for the differences that are agreed; and what both take, both understand alike:
 * the same values under the same names in the same order. */
#include "gateway/json/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/json_differences.h"

#include <errno.h>
#include <stdlib.h>

/* The rule for a whole text: white space, one value, white space, the end. */
static bool scan_whole(char *text, size_t size, struct bytes *ret_value, struct json_error *error) {
    size_t begin = json_skip_space(text, size, 0);
    size_t end;
    if (!json_scan(text, size, begin, &end, error))
        return false;
    *ret_value = (struct bytes){ text + begin, end - begin };
    end = json_skip_space(text, size, end);
    *error = (struct json_error){ .position = end, .message = "behind the value" };
    return end == size;
}

static void compare(struct bytes ours, const json_t *theirs);

static void compare_number(struct bytes ours, const json_t *theirs) {
    autofree char *text = fuzz_text(ours);
    char *end;
    errno = 0;
    if (json_is_integer(theirs))
        fuzz_check(strtoll(text, &end, 10) == json_integer_value(theirs) && errno == 0);
    else
        fuzz_check(json_is_real(theirs) && strtod(text, &end) == json_real_value(theirs));
    fuzz_check(*end == '\0');
}

static struct bytes bytes_of_string(const json_t *string) {
    return (struct bytes){ json_string_value(string), json_string_length(string) };
}

static void compare_array(struct bytes ours, const json_t *theirs) {
    size_t count = 0;
    for (struct json_walk walk = json_walk(ours); json_walk_next(&walk); count++) {
        fuzz_check(count < json_array_size(theirs));
        compare(walk.value, json_array_get(theirs, count));
    }
    fuzz_check(count == json_array_size(theirs));
}

/* Of duplicate members the last counts, there as here: so from the last to the first, each name once. */
static void compare_object(struct bytes ours, const json_t *theirs) {
    autobuffer struct buffer members = { 0 }; /* of struct json_walk, each where it stood */
    for (struct json_walk walk = json_walk(ours); json_walk_next(&walk);)
        buffer_append(&members, &walk, sizeof walk);

    json_t *compared = json_object();
    for (size_t left = members.size; left > 0; left -= sizeof(struct json_walk)) {
        autobuffer struct buffer name = { 0 };
        struct json_walk member;
        memcpy(&member, members.data + left - sizeof member, sizeof member);
        fuzz_check(json_decode_string(member.name, &name));
        struct bytes text = buffer_bytes(&name);
        if (json_object_getn(compared, text.data, text.size) != NULL)
            continue;
        json_object_setn_new_nocheck(compared, text.data, text.size, json_null());
        const json_t *value = json_object_getn(theirs, text.data, text.size);
        fuzz_check(value != NULL);
        compare(member.value, value);
    }

    fuzz_check(json_object_size(compared) == json_object_size(theirs));
    json_decref(compared);
}

static void compare_string(struct bytes ours, const json_t *theirs) {
    autobuffer struct buffer text = { 0 };
    fuzz_check(json_is_string(theirs) && json_decode_string(ours, &text));
    fuzz_check(bytes_equal(buffer_bytes(&text), bytes_of_string(theirs)));
    fuzz_check(json_string_is(ours, bytes_of_string(theirs)));
}

static void compare(struct bytes ours, const json_t *theirs) {
    switch (json_kind_of(ours)) {
    case JSON_KIND_OBJECT: compare_object(ours, theirs); break;
    case JSON_KIND_ARRAY: compare_array(ours, theirs); break;
    case JSON_KIND_STRING: compare_string(ours, theirs); break;
    case JSON_KIND_NUMBER: compare_number(ours, theirs); break;
    case JSON_KIND_TRUE: fuzz_check(json_is_true(theirs)); break;
    case JSON_KIND_FALSE: fuzz_check(json_is_false(theirs)); break;
    case JSON_KIND_NULL: fuzz_check(json_is_null(theirs)); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes before = fuzz_input_of(data, size).left;
    autofree char *text = fuzz_exact(before);
    struct bytes value;
    struct json_error error = { 0 };
    json_error_t their_error;
    bool accepted = scan_whole(text, size, &value, &error);
    json_t *theirs = json_loadb(before.data, before.size, JSON_DIFFERENCES_FLAGS, &their_error);
    fuzz_check(json_answers_agree(before, accepted, &error, theirs != NULL, &their_error));
    if (accepted && theirs != NULL)
        compare(value, theirs);
    json_decref(theirs);
    return 0;
}
