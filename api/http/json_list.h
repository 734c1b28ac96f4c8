/* Arrays of an answer, built item by item with one check at the end. */
#ifndef TAILRACE_API_HTTP_JSON_LIST_H
#define TAILRACE_API_HTTP_JSON_LIST_H

#include <jansson.h>

/* Appends the item and takes its reference. Without memory for the item (NULL), or for its place, the array is freed and
 * *list is NULL from then on, as json_array() may have left it: what is packed with it becomes NULL, too. */
static inline void json_list_add(json_t **list, json_t *item) {
    if (json_array_append_new(*list, item) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

#endif
