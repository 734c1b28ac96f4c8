/* Files of the folder of the operator. */
#include "api/console/static_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES_MAX = 255 };

static const char *content_type_of(const char *name) {
    static const struct {
        const char *extension;
        const char *type;
    } types[] = {
        { "css", "text/css; charset=utf-8" },
        { "csv", "text/csv; charset=utf-8" },
        { "gif", "image/gif" },
        { "htm", "text/html; charset=utf-8" },
        { "html", "text/html; charset=utf-8" },
        { "ico", "image/vnd.microsoft.icon" },
        { "jpeg", "image/jpeg" },
        { "jpg", "image/jpeg" },
        { "js", "text/javascript; charset=utf-8" },
        { "json", "application/json" },
        { "map", "application/json" },
        { "md", "text/markdown; charset=utf-8" },
        { "mjs", "text/javascript; charset=utf-8" },
        { "mp4", "video/mp4" },
        { "pdf", "application/pdf" },
        { "png", "image/png" },
        { "svg", "image/svg+xml" },
        { "txt", "text/plain; charset=utf-8" },
        { "wasm", "application/wasm" },
        { "webm", "video/webm" },
        { "webmanifest", "application/manifest+json" },
        { "webp", "image/webp" },
        { "woff", "font/woff" },
        { "woff2", "font/woff2" },
        { "xml", "application/xml" },
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot + 1, types[i].extension) == 0)
            return types[i].type;
    return "application/octet-stream";
}

bool static_files_open(const char *path, const char *hidden, struct static_files *ret_files, char *ret_why,
                       size_t why_bytes) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        snprintf(ret_why, why_bytes, "--static %s: %m", path);
        return false;
    }
    *ret_files = (struct static_files){ .directory = directory, .hidden = hidden };
    return true;
}

void static_files_close(struct static_files *files) { close(files->directory); }

static bool is_hidden(const struct static_files *files, int directory) {
    struct stat here;
    struct stat there;
    return fstat(directory, &here) != 0 || (files->hidden != NULL && stat(files->hidden, &there) == 0 &&
                                            here.st_dev == there.st_dev && here.st_ino == there.st_ino);
}

/* Whether a segment is one name, which is terminated. */
static bool is_name(struct bytes segment, char ret_name[NAME_BYTES_MAX + 1]) {
    if (segment.size == 0 || segment.size > NAME_BYTES_MAX || segment.data[0] == '.' ||
        memchr(segment.data, '/', segment.size) != NULL || memchr(segment.data, '\0', segment.size) != NULL)
        return false;
    memcpy(ret_name, segment.data, segment.size);
    ret_name[segment.size] = '\0';
    return true;
}

/* The folder of the last segment, to be closed; -1: not found. */
static int open_folder(const struct static_files *files, const struct bytes *segments, size_t segment_count) {
    char name[NAME_BYTES_MAX + 1];
    int folder = openat(files->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i + 1 < segment_count && folder >= 0 && !is_hidden(files, folder); i++) {
        int next = is_name(segments[i], name) ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                                              : -1;
        close(folder);
        folder = next;
    }
    if (folder >= 0 && is_hidden(files, folder)) {
        close(folder);
        folder = -1;
    }
    return folder;
}

static enum static_result describe(int fd, const char *name, struct static_file *ret_file) {
    struct stat about;
    if (fstat(fd, &about) != 0 || !(S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)))
        return STATIC_NOT_FOUND;
    if (S_ISDIR(about.st_mode))
        return STATIC_IS_FOLDER;
    *ret_file =
        (struct static_file){ .fd = fd, .size = (uint64_t)about.st_size, .content_type = content_type_of(name) };
    snprintf(ret_file->tag, sizeof ret_file->tag, "\"%llx-%llx%08lx\"", (unsigned long long)about.st_size,
             (unsigned long long)about.st_mtim.tv_sec, (unsigned long)about.st_mtim.tv_nsec);
    return STATIC_FOUND;
}

enum static_result static_files_find(const struct static_files *files, const struct bytes *segments,
                                     size_t segment_count, struct static_file *ret_file) {
    struct bytes last = segments[segment_count - 1];
    char name[NAME_BYTES_MAX + 1];
    if (!is_name(last.size > 0 ? last : BYTES_LITERAL("index.html"), name))
        return STATIC_NOT_FOUND;
    int folder = open_folder(files, segments, segment_count);
    if (folder < 0)
        return STATIC_NOT_FOUND;
    /* O_NONBLOCK: opening a pipe must not block the thread. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    close(folder);
    if (fd < 0)
        return STATIC_NOT_FOUND;
    enum static_result result = describe(fd, name, ret_file);
    if (result != STATIC_FOUND)
        close(fd);
    return result;
}
