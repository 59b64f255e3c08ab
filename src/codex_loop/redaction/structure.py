"""Which keys hold ids, hashes and signatures: random by nature, never a password.

Their values are still searched for definite secrets; only the guesses leave them alone.
"""

from __future__ import annotations

import re

_OPAQUE = re.compile(
    rb"(?:.*_)?ids?|[a-z].*I[dD]s?|(?:.*_)?uuids?|.*Uuid|.*UUID|(?:.*_)?signature|.*Signature|encrypted_content|"
    rb"encryptedContent|type|role|model|version|timestamp|cwd|path|paths|.*_path|.*Path|gitBranch|branch|slug|name|"
    rb".*_name|kind|status|commit|commit_hash|parent|tree|sha|sha1|sha256|hash|.*_hash|.*Hash|.*_sha|digest|.*_digest|"
    rb".*Digest|etag|integrity|checksum|fingerprint|ghost_commit|media_type|mimeType|mime_type|image_url|base64|"
    rb"redacted_thinking|thoughtSignature|content_hash|usage|.*_tokens|.*Tokens|requestId|call_id|cursor|.*Cursor",
    re.DOTALL,
)


def is_opaque(key: bytes) -> bool:
    """Whether guesses about this key's value would only ever be wrong."""
    return _OPAQUE.fullmatch(key) is not None
