/* Names of content codings, and types of text. */
#include "api/http/encoding/coding.h"

static const char *const NAMES[CODINGS] = {
    [CODING_NONE] = "identity",
    [CODING_GZIP] = "gzip",
    [CODING_ZSTD] = "zstd",
};

const char *coding_name(enum coding coding) { return NAMES[coding]; }

bool coding_by_name(struct bytes name, enum coding *ret_coding) {
    for (unsigned i = 0; i < CODINGS; i++) {
        if (bytes_equal_fold(name, bytes_text(NAMES[i]))) {
            *ret_coding = (enum coding)i;
            return true;
        }
    }
    if (!bytes_equal_fold(name, BYTES_LITERAL("x-gzip")))
        return false;
    *ret_coding = CODING_GZIP;
    return true;
}

bool coding_of_request(struct bytes content_encoding, enum coding *ret_coding) {
    struct bytes name = bytes_trim(content_encoding);
    if (name.size > 0)
        return coding_by_name(name, ret_coding);
    *ret_coding = CODING_NONE;
    return true;
}

bool coding_pays(const char *content_type, uint64_t body_bytes) {
    static const char *const texts[] = { "text/", "json", "javascript", "xml", "yaml", "wasm" };
    if (body_bytes < CODING_BODY_BYTES_MIN)
        return false;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strstr(content_type, texts[i]) != NULL)
            return true;
    return false;
}
