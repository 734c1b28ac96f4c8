/* A folder of the operator, served as it is: only the regular files below it. */
#ifndef TAILRACE_API_CONSOLE_STATIC_FILES_H
#define TAILRACE_API_CONSOLE_STATIC_FILES_H

#include "base/bytes.h"

struct static_files {
    int directory;      /* a descriptor */
    const char *hidden; /* a folder below it that is never served: that of the events; borrowed */
};

enum { STATIC_TAG_BYTES = 48 };

struct static_file {
    int fd; /* the caller's, to be closed; a regular file */
    uint64_t size;
    const char *content_type;   /* by the name's extension; static */
    char tag[STATIC_TAG_BYTES]; /* an ETag that changes with the file */
};

enum static_result {
    STATIC_FOUND,
    STATIC_NOT_FOUND,
    STATIC_IS_FOLDER, /* the path of its files has a slash more */
};

/* Opens the folder. False: `ret_why` says why not. */
bool static_files_open(const char *path, const char *hidden, struct static_files *ret_files, char *ret_why,
                       size_t why_bytes);
void static_files_close(struct static_files *files);

/* The file at these segments of a path, decoded; an empty last one stands for index.html. Never one outside of the
 * folder: each segment is opened in the folder before it, symbolic links are not followed, and names that begin with a
 * dot (so `..` too) or hold a slash are not found. Any thread. */
enum static_result static_files_find(const struct static_files *files, const struct bytes *segments,
                                     size_t segment_count, struct static_file *ret_file);

#endif
