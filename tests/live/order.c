/* The position of an event is read off its first members, in the order that the contract gives them. */
#include "tests/live/order.h"

#include "base/memory.h"

static bool cut_literal(struct bytes *rest, struct bytes literal) {
    if (rest->size < literal.size || memcmp(rest->data, literal.data, literal.size) != 0)
        return false;
    *rest = (struct bytes){ rest->data + literal.size, rest->size - literal.size };
    return true;
}

static bool cut_number(struct bytes *rest, uint64_t *ret_number) {
    uint64_t number = 0;
    size_t used = 0;
    while (used < rest->size && used < 18 && rest->data[used] >= '0' && rest->data[used] <= '9')
        number = number * 10 + (uint64_t)(rest->data[used++] - '0');
    if (used == 0)
        return false;
    *rest = (struct bytes){ rest->data + used, rest->size - used };
    *ret_number = number;
    return true;
}

/* {"topic":"…","partition":…,"offset":…, and a closing brace at the end. Names of topics hold no quotes. */
static bool read_place(struct bytes event, struct bytes *ret_topic, uint64_t *ret_partition, uint64_t *ret_offset) {
    struct bytes rest = event;
    if (event.size == 0 || event.data[event.size - 1] != '}' || !cut_literal(&rest, BYTES_LITERAL("{\"topic\":\"")))
        return false;
    *ret_topic = bytes_cut(&rest, '"');
    return cut_literal(&rest, BYTES_LITERAL(",\"partition\":")) && cut_number(&rest, ret_partition) &&
           cut_literal(&rest, BYTES_LITERAL(",\"offset\":")) && cut_number(&rest, ret_offset);
}

static bool topic_number(struct topic_names *names, struct bytes name, size_t hint, size_t *ret_number) {
    if (hint < names->count && bytes_equal(buffer_bytes(&names->names[hint]), name)) {
        *ret_number = hint;
        return true;
    }

    for (size_t i = 0; i < names->count; i++) {
        if (bytes_equal(buffer_bytes(&names->names[i]), name)) {
            *ret_number = i;
            return true;
        }
    }

    struct buffer *grown = mem_resize(names->names, (names->count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;

    names->names = grown;
    names->names[names->count] = (struct buffer){ 0 };
    buffer_append_bytes(&names->names[names->count], name);
    if (names->names[names->count].failed)
        return false;

    *ret_number = names->count++;
    return true;
}

static bool is_of(const struct place *place, size_t topic, uint64_t partition) {
    return place->topic == topic && place->partition == partition;
}

/* NULL: no memory. A new place expects `first`. */
static struct place *find_place(struct order *order, size_t topic, uint64_t partition, uint64_t first) {
    if (order->last < order->count && is_of(&order->places[order->last], topic, partition))
        return &order->places[order->last];
    for (order->last = 0; order->last < order->count; order->last++) {
        if (is_of(&order->places[order->last], topic, partition))
            return &order->places[order->last];
    }
    struct place *grown = mem_resize(order->places, (order->count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    order->places = grown;
    order->places[order->count] = (struct place){ topic, partition, first };
    return &order->places[order->count++];
}

enum order_fault order_take(struct order *order, struct topic_names *names, struct bytes event, bool whole) {
    struct bytes name;
    uint64_t partition;
    uint64_t offset;
    if (!read_place(event, &name, &partition, &offset))
        return ORDER_NOT_AN_EVENT;

    size_t hint = order->last < order->count ? order->places[order->last].topic : 0;
    size_t topic;
    if (!topic_number(names, name, hint, &topic))
        return ORDER_NO_MEMORY;

    struct place *place = find_place(order, topic, partition, whole ? 0 : offset);
    if (place == NULL)
        return ORDER_NO_MEMORY;

    uint64_t wanted = place->next_offset;
    if (offset < wanted)
        return ORDER_DOUBLE;

    place->next_offset = offset + 1;
    return offset == wanted ? ORDER_FINE : ORDER_HOLE;
}

void order_finish(struct order *order) {
    mem_free(order->places);
    *order = (struct order){ 0 };
}

const char *order_fault_name(enum order_fault fault) {
    switch (fault) {
    case ORDER_FINE: return "fine";
    case ORDER_NOT_AN_EVENT: return "not an event";
    case ORDER_DOUBLE: return "twice";
    case ORDER_HOLE: return "left out";
    case ORDER_NO_MEMORY: return "no memory";
    }
    return "?";
}

void topic_names_finish(struct topic_names *names) {
    for (size_t i = 0; i < names->count; i++)
        buffer_finish(&names->names[i]);
    mem_free(names->names);
    *names = (struct topic_names){ 0 };
}
