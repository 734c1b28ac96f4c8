"""Bodies in gzip and zstd, made and read without the program: gzip by Python's zlib; zstd, which Python 3.11 lacks, as
frames written by hand (RFC 8878) and by the shared library that the program needs too."""

import ctypes
import ctypes.util
import functools
import gzip
import struct
import zlib

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
BLOCK_BYTES_MAX = 128 * 1024
WINDOW_1_KIB, WINDOW_128_KIB, WINDOW_1_MIB, WINDOW_8_MIB, WINDOW_9_MIB = 0, 7 << 3, 10 << 3, 13 << 3, 13 << 3 | 1


def _block(kind, size, content, last):
    return struct.pack("<I", last | kind << 1 | size << 3)[:3] + content


def zstd_frame(data, window=WINDOW_8_MIB):
    """A frame whose blocks hold the data as it is."""
    parts = [data[at : at + BLOCK_BYTES_MAX] for at in range(0, len(data), BLOCK_BYTES_MAX)] or [b""]
    blocks = [_block(0, len(part), part, number + 1 == len(parts)) for number, part in enumerate(parts)]
    return ZSTD_MAGIC + bytes([0, window]) + b"".join(blocks)


def zstd_skipped(data):
    """A frame that a decoder passes over."""
    return struct.pack("<II", 0x184D2A50, len(data)) + data


def zstd_bomb(size, byte=b"0", window=WINDOW_8_MIB):
    """A frame of one byte again and again, four bytes for each 128 KiB; `size` is a multiple of that."""
    count = size // BLOCK_BYTES_MAX
    blocks = [_block(1, BLOCK_BYTES_MAX, byte, number + 1 == count) for number in range(count)]
    return ZSTD_MAGIC + bytes([0, window]) + b"".join(blocks)


def gzip_bomb(size, piece_bytes=16 << 20):
    """A single member of so many zeros (digits), made from one piece of them; `size` is a multiple of that."""
    piece = b"0" * piece_bytes
    coder = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    coded = coder.compress(piece) + coder.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    checksum = 0
    for _ in range(size // piece_bytes):
        checksum = zlib.crc32(piece, checksum)
    header = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return header + coded * (size // piece_bytes) + end + struct.pack("<II", checksum, size & 0xFFFFFFFF)


@functools.cache
def _zstd():
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    for name, arguments in (("ZSTD_compressBound", [ctypes.c_size_t]), ("ZSTD_isError", [ctypes.c_size_t]),
                            ("ZSTD_compress", [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
                                               ctypes.c_int]),
                            ("ZSTD_decompress", [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t])):
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = ctypes.c_uint if name == "ZSTD_isError" else ctypes.c_size_t
    return library


def _checked(size):
    if _zstd().ZSTD_isError(size):
        raise ValueError("not valid zstd")
    return size


def zstd_compress(data, level=3):
    room = ctypes.create_string_buffer(_zstd().ZSTD_compressBound(len(data)))
    size = _checked(_zstd().ZSTD_compress(room, len(room), data, len(data), level))
    return ctypes.string_at(room, size)


def zstd_decompress(data, size_max=64 << 20):
    """All frames of it, which must be whole."""
    room = ctypes.create_string_buffer(size_max)
    size = _checked(_zstd().ZSTD_decompress(room, size_max, data, len(data)))
    return ctypes.string_at(room, size)


ENCODE = {"gzip": gzip.compress, "x-gzip": gzip.compress, "zstd": zstd_compress}
DECODE = {None: bytes, "gzip": gzip.decompress, "zstd": zstd_decompress}


def decoded(answer):
    """The body of an answer, out of its coding."""
    return DECODE[answer.header("Content-Encoding")](answer.body)
