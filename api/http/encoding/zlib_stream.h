/* zlib as both gzip coders use it: for the files of this folder alone. */
#ifndef TAILRACE_API_HTTP_ENCODING_ZLIB_STREAM_H
#define TAILRACE_API_HTTP_ENCODING_ZLIB_STREAM_H

#include "api/http/encoding/coder_kind.h"

#define ZLIB_CONST /* its input is const then */
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16 }; /* the largest window; gzip's header and trailer, not zlib's */

/* Its allocations go through base/memory.h. To be called before zlib's own init. */
void zlib_stream_init(z_stream *stream);

/* One call of inflate() or deflate(): as far as input, room or the end of the member let it. `last`: deflate is to end
 * the member when it has taken all of the input. CODER_STEP_INVALID is any failure but a lack of memory: stream->msg says
 * why. */
enum coder_step zlib_stream_step(z_stream *stream, int (*call)(z_stream *stream, int flush), struct bytes *input,
                                 bool last, struct coder_room *room);

#endif
