"""Sound and film for schemathesis: a small MP3, what is none, and nothing."""

import schemathesis
from hypothesis import strategies

TYPES = [
    "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/wav", "audio/flac",
    "video/mp4", "video/webm", "video/quicktime",
]

BODIES = [b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64", b"<html>a page</html>", b""]


@schemathesis.serializer(*TYPES)
def as_it_is(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


for kind in TYPES:
    schemathesis.openapi.media_type(kind, strategies.sampled_from(BODIES))
