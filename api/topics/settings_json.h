/* Settings of topics as JSON. */
#ifndef TAILRACE_API_TOPICS_SETTINGS_JSON_H
#define TAILRACE_API_TOPICS_SETTINGS_JSON_H

#include "api/http/reply.h"
#include "gateway/gateway.h"

/* Puts the members of the document (an object that was scanned) into *settings, and sets their bits of enum storage_setting
 * in *given. False: a member is unknown, malformed, given twice, not supported yet or beyond the engine; the reply names
 * it, and *settings may be half changed. */
bool settings_read(struct bytes document, const struct storage *storage, struct storage_settings *settings,
                   unsigned *given, struct reply *reply);

/* Whether the engine can provide this ack. False: the reply says that it cannot. */
bool ack_supported(const struct storage *storage, enum storage_ack ack, struct reply *reply);

/* All settings; NULL: no memory. */
json_t *settings_new(const struct storage_settings *settings);

/* The names of these settings as a JSON array: ["partitions","ack"]. */
void settings_append_names(unsigned given, struct buffer *list);

#endif
