/* Bodies that end before they are complete. */
#include "api/http/break_off.h"

enum { NEVER_S = 7 * 24 * 3600 };

void break_off_prepare(struct break_off *break_off, struct MHD_Connection *connection) {
    break_off->connection = connection;
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)NEVER_S);
}

ssize_t break_off(struct break_off *break_off) {
    if (break_off->begun)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    break_off->begun = true;
    MHD_suspend_connection(break_off->connection);
    MHD_resume_connection(break_off->connection);
    return 0;
}
