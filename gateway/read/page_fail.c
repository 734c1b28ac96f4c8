/* How a page fails. */
#include "gateway/read/page.h"

#include <stdarg.h>
#include <stdio.h>

void page_fail(struct page *page, enum status status, const char *format, ...) {
    page->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(page->detail, sizeof page->detail, format, arguments);
    va_end(arguments);
}

void page_fail_with(struct page *page, const struct storage_op *op) {
    if (!status_is_read_failure(op->status)) {
        page_fail(page, op->status, "%s", op->detail);
        return;
    }
    read_failures_note_elsewhere(page->gateway->failures, op->detail);
    page_fail(page, op->status, "%s", READ_FAILURE_ELSEWHERE);
}

bool page_lacks_memory(struct page *page) {
    page_fail(page, STATUS_NO_MEMORY, "out of memory for a page; retry later");
    return false;
}

void page_is_too_wide(struct page *page) {
    page_fail(page, STATUS_TOO_MANY_PARTITIONS,
              "the selection has %zu partitions; its cursor would be longer than %d characters; select fewer",
              page->selection.partition_count, LIMIT_CURSOR_CHARACTERS);
}
