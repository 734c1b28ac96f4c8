/* Accept-Encoding. zstd is preferred to gzip: at the levels of coder.c it takes a fraction of the processor's time for
 * a smaller page, and browsers and curl name it beside gzip exactly where they can read it. */
#include "api/http/encoding/accept_encoding.h"

enum { WEIGHT_MAX = 1000 };

struct weight {
    bool named;
    int thousandths;
};

struct weights {
    struct weight codings[CODINGS];
    struct weight any; /* of `*` */
};

/* "0.25" in thousandths (RFC 9110 12.4.2); -1: malformed. */
static int parse_weight(struct bytes text) {
    int unit = WEIGHT_MAX;
    int weight = 0;
    if (text.size == 0 || text.size > 5 || (text.size > 1 && text.data[1] != '.'))
        return -1;
    for (size_t i = 0; i < text.size; i++) {
        if (i == 1)
            continue; /* the point */
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        weight += unit * (text.data[i] - '0');
        unit /= 10;
    }
    return weight <= WEIGHT_MAX ? weight : -1;
}

/* The weight among the parameters. A malformed one refuses the coding: an answer without any can always be read. */
static int weight_of(struct bytes parameters) {
    while (parameters.size > 0) {
        struct bytes value = bytes_cut(&parameters, ';');
        struct bytes name = bytes_trim(bytes_cut(&value, '='));
        if (name.size == 1 && (name.data[0] | 0x20) == 'q') {
            int weight = parse_weight(bytes_trim(value));
            return weight >= 0 ? weight : 0;
        }
    }
    return WEIGHT_MAX;
}

static struct weights read_weights(struct bytes list) {
    struct weights weights = { 0 };
    while (list.size > 0) {
        struct bytes parameters = bytes_cut(&list, ',');
        struct bytes name = bytes_trim(bytes_cut(&parameters, ';'));
        struct weight weight = { true, weight_of(parameters) };
        enum coding coding;
        if (bytes_equal(name, BYTES_LITERAL("*")))
            weights.any = weight;
        else if (coding_by_name(name, &coding))
            weights.codings[coding] = weight;
    }
    return weights;
}

/* `*` gives the weight of all that are not named; without it they are not acceptable. */
static int weight_for(const struct weights *weights, enum coding coding) {
    const struct weight *named = &weights->codings[coding];
    return named->named ? named->thousandths : weights->any.thousandths;
}

enum coding accept_encoding_choose(struct bytes list) {
    struct weights weights = read_weights(list);
    int zstd = weight_for(&weights, CODING_ZSTD);
    int gzip = weight_for(&weights, CODING_GZIP);
    bool prefer_zstd = weights.codings[CODING_ZSTD].named ? zstd >= gzip : zstd > gzip;
    int weight = prefer_zstd ? zstd : gzip;
    if (weight == 0 || weight < weights.codings[CODING_NONE].thousandths)
        return CODING_NONE;
    return prefer_zstd ? CODING_ZSTD : CODING_GZIP;
}
