/* The text of a page: JSON or NDJSON, in the order begin, events, end. */
#ifndef TAILRACE_API_EVENTS_PAGE_TEXT_H
#define TAILRACE_API_EVENTS_PAGE_TEXT_H

#include "api/events/page_request.h"

void page_text_begin(struct buffer *text, const struct page_request *params);

/* `first` is set: it is the first event of the page; cleared. */
void page_text_event(struct buffer *text, const struct page_request *params, const struct storage_topic *topic,
                     const struct storage_record *record, bool *first);

/* From where the page ends. */
void page_text_end(struct buffer *text, const struct page_request *params, const struct page *page);

/* The size of the events of the chunks, with what stands between them, the first one of the page among them or not.
 * `scratch` has failed when there is no memory. */
uint64_t page_text_chunk_bytes(struct buffer *scratch, const struct page_request *params,
                               const struct page_chunk *chunks, bool *first);

/* The size of what stands around the events. As above. */
uint64_t page_text_frame_bytes(struct buffer *scratch, const struct page_request *params, const struct page *page);

#endif
