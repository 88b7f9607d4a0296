"""A server on the loopback address that shows the report and saves the review sheet.

Only who knows the token, which is in the address, gets an answer. A request must name the server
by its own address, so that no page of another site can send one (DNS rebinding).
"""

import hashlib
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from lcms.config import configuration_of, load_settings
from lcms.errors import ConfigError
from lcms.io.report_files import SHARD
from lcms.io.sheets import sheet_columns
from lcms.io.tables.parquet import whole_file

_LOOPBACK: Final = "127.0.0.1"
_TOKEN_BYTES: Final = 24
_MOST_BYTES: Final = 20_000_000  # of a sheet: 100,000 decisions
_PAGE: Final = "report.html"
_SHEET: Final = "review.tsv"
# The page asks for nothing from anywhere; this one may ask its own server.
_OFFLINE: Final = b"default-src 'none';"
_SERVED: Final = b"default-src 'none'; connect-src 'self';"
# Data of a very large study: scripts from the folder of the page, or from its server.
_FROM_DISK: Final = b"script-src 'unsafe-inline' file:;"
_FROM_SERVER: Final = b"script-src 'unsafe-inline' 'self';"


def review_sheet_of(results: Path) -> tuple[Path, bool]:
    """Return the review sheet of some results, and whether the configuration names it.

    If it names none, it is `review.tsv` in the folder that holds the results.
    """
    try:
        named = load_settings(configuration_of(results.parent)).review
    except ConfigError:
        named = None
    return (Path(named), True) if named else (results.parent / _SHEET, False)


class ReviewServer(ThreadingHTTPServer):
    """Serves one report; the sheet is the only file that it writes.

    Parameters
    ----------
    page, sheet : Path
        The report, and the review sheet, which need not be there.
    port : int
        0: any that is free.
    """

    daemon_threads = True

    def __init__(self, page: Path, sheet: Path, port: int = 0) -> None:
        self.page, self.sheet, self.token = page, sheet, secrets.token_urlsafe(_TOKEN_BYTES)
        super().__init__((_LOOPBACK, port), _Answers)

    @property
    def origin(self) -> str:
        """The address of the server."""
        return f"http://{_LOOPBACK}:{self.server_port}"

    @property
    def address(self) -> str:
        """The address of the page, with the token."""
        return f"{self.origin}/{self.token}/{_PAGE}"

    def sheet_bytes(self) -> bytes:
        """Return the review sheet; empty if there is none yet."""
        return self.sheet.read_bytes() if self.sheet.exists() else b""


class _Answers(BaseHTTPRequestHandler):
    server: ReviewServer

    def do_GET(self) -> None:
        """Answer with the page, its data, or the review sheet and its version."""
        name = self._asked()
        if name == _PAGE:
            page = self.server.page.read_bytes().replace(_OFFLINE, _SERVED, 1)
            page = page.replace(_FROM_DISK, _FROM_SERVER, 1)
            self._answer(HTTPStatus.OK, page, {"Content-Type": "text/html; charset=utf-8"})
        elif name == _SHEET:
            content = self.server.sheet_bytes()
            kind = "text/tab-separated-values; charset=utf-8"
            headers = {"Content-Type": kind, "ETag": _version(content)}
            self._answer(HTTPStatus.OK, content, headers)
        elif name is not None:
            self._answer_shard(self.server.page.parent / name)

    def _answer_shard(self, path: Path) -> None:
        """Answer with data of a very large study, which lie in a file beside the page."""
        if path.is_file():
            self._answer(HTTPStatus.OK, path.read_bytes(), {"Content-Type": "text/javascript"})
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def do_PUT(self) -> None:
        """Save the review sheet, if it is one and nobody changed the file since it was read."""
        name = self._asked()
        if name is None:
            return
        if name != _SHEET or self.headers.get("Origin") not in (None, self.server.origin):
            self._answer(HTTPStatus.FORBIDDEN)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        content = self.rfile.read(int(length))
        if not _is_sheet(content):
            self._answer(HTTPStatus.UNPROCESSABLE_ENTITY)
        elif self.headers.get("If-Match") != _version(self.server.sheet_bytes()):
            self._answer(HTTPStatus.PRECONDITION_FAILED)
        else:
            with whole_file(self.server.sheet) as part:
                part.write_bytes(content)
            self._answer(HTTPStatus.NO_CONTENT, headers={"ETag": _version(content)})

    def _asked(self) -> str | None:
        """Return the name of the file that is asked for; without the right to ask, refuse."""
        path = self.path.partition("?")[0]
        token, _, name = path.removeprefix("/").partition("/")
        is_named = f"http://{self.headers.get('Host')}" == self.server.origin
        if not is_named or not secrets.compare_digest(token.encode(), self.server.token.encode()):
            self._answer(HTTPStatus.FORBIDDEN)
            return None
        if name not in (_PAGE, _SHEET) and not SHARD.fullmatch(name):
            self._answer(HTTPStatus.NOT_FOUND)
            return None
        return name

    def _answer(
        self, status: HTTPStatus, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        fixed = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        fixed |= {"X-Content-Type-Options": "nosniff", "Content-Length": str(len(content))}
        for name, value in (fixed | dict(headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing: the address holds the token."""


def _version(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


def _is_sheet(content: bytes) -> bool:
    """Return whether a content is a review sheet, by its first line."""
    try:
        first = content.decode("utf-8").partition("\n")[0]
    except UnicodeDecodeError:
        return False
    return first.rstrip("\r").split("\t") == list(sheet_columns.REVIEW.columns)
