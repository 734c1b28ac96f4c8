/* What the build made of web/ and of openapi.yaml. */
#include "api/console/documents.h"

#include "api/console/index_page.h"
#include "api/console/openapi_text.h"

struct documents documents_new(void) {
    return (struct documents){ .index_page.text = index_page_text(), .openapi.text = openapi_text() };
}

void documents_finish(struct documents *documents) {
    carried_finish(&documents->index_page);
    carried_finish(&documents->openapi);
}
